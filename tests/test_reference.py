"""The reference of the commands is what the register says, and what it says of undo is so."""

from __future__ import annotations

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.verbs import example
from models.change import Change
from models.messaging.inbox import Incoming
from tests.driver import Conversation, Seen, conversation
from tests.reference import PAGES, page

# An admin may write everything; a request is its owner's to decide.
SPEAKERS = {"approve": "marc", "decline": "marc"}
REQUEST = ("lea", "montant D-90 9k")
# What an example refers to has to be there: by whom it is said, and the line.
BEFORE = {
    "done": (("sam", "remind send the quote in 2h"), ("sam", "today")),
    "snooze": (("sam", "remind send the quote in 2h"), ("sam", "today")),
    "skip": (("sam", "remind send the quote in 2h"), ("sam", "today")),
    "undo": (("sam", "note D-90 legal is blocking"),),
    "untag": (("sam", example("tag", "en")),),
    "convert": (("sam", "lead new Ann Lee @ Lee Foods"),),
    "restore": (("sam", "delete D-90"),),
    "unrequire": (("sam", "require amount at Proposal"),),
    "pipeline_default": (("sam", "pipeline new Partners"),),
    "pipeline_remove": (("sam", "pipeline new Partners"),),
    "approve": (REQUEST,),
    "decline": (REQUEST,),
}
# Said instead of an example that happens to write nothing.
INSTEAD = {
    "company_new": "company new Umbrella @ Oslo",
    "deal": "deal D-90 with May Chen",
    "quiet": "quiet 20:00-07:00",
    "digest": "digest 7:30",
    "pipeline_default": "pipeline default Partners",
}
GOES_ON = ("Confirm", "Demander à Marc Ellis")
# Said in a room only, which a terminal is not: see tests.acceptance.test_posts, where they are undone too.
IN_ROOMS = {"post", "here"}
WRITING = sorted(
    entry.name
    for entry in REGISTER.values()
    if not (entry.hidden or entry.reads) and entry.name not in IN_ROOMS
)


@pytest.mark.parametrize("language", sorted(PAGES))
def test_the_page_is_made_of_this_register(language: str) -> None:
    """Made anew it is the page that is there: python -m tests.reference."""
    assert PAGES[language].read_text("utf-8") == page(language)


@pytest.mark.parametrize("name", WRITING)
async def test_what_it_says_of_undo_is_so(sqlite_url: str, name: str) -> None:
    """An example that worked leaves a change, which undo takes back; one of a final command leaves none."""
    async with conversation(sqlite_url) as talk:
        for who, line in BEFORE.get(name, ()):
            await _said(talk, who, line)
        before = await Change.filter(undo_of__isnull=True).count()
        speaker = SPEAKERS.get(name, "sam")
        seen = await _said(talk, speaker, INSTEAD.get(name) or example(name, "en"))
        turn = await Incoming.all().order_by("-id").first()
        assert turn is not None
        assert turn.outcome == "ok", f"BEFORE has to say what comes before it:\n{seen.text}"
        left = await Change.filter(undo_of__isnull=True).count() - before
        assert (left > 0) is not REGISTER[name].final, (
            f"final? INSTEAD may say a line that writes:\n{seen.text}"
        )
        assert REGISTER[name].final or "↩" in await talk.says(speaker, "undo")


async def _said(talk: Conversation, who: str, line: str) -> Seen:
    """What a line comes to, once its card is confirmed."""
    seen = await talk.says(who, line)
    for label in GOES_ON:
        if f"] {label}" in seen:
            return await talk.presses(who, seen, label)
    return seen
