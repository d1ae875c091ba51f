"""Hostile and broken input: a clear sentence or exactly one effect, never an error of ours."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.language import languages
from models.attachment import Attachment
from models.member import Member
from models.messaging.inbox import Incoming
from tests.acceptance.carrying import MARC, talking
from tests.driver import conversation
from tests.effort import SOAK

HOSTILE = (
    "",
    "x" * 10_000,
    "\0",
    "\ud800 lone",
    "\u202egnp.exe \u200f שלום مرحبا",
    "9" * 5_000,
    "D-" + "9" * 5_000,
    "NaN",
    "1e30",
    "30 February",
    "31/02 25:99",
    "yesterday 5pm",
    "*<b> <!channel> {0.__class__}",
    "'; DROP TABLE contact; --",
    '" OR 1=1 NEAR * : %_ \\',
    "٣٤٥ ½ ² ㊿",
    '@ # > $ € « » "',
    "C-12 D-142 R-1 A-1 #acme > won 5k tomorrow 10am 20m next friday",
    "👩‍👩‍👧‍👦" + "e\u0301" * 50 + "\u0301" * 1_000,
)


COMMANDS = sorted(name for name in REGISTER if not REGISTER[name].hidden)


def hostile(command: str, url: str) -> Sequence[str]:
    """All of it; on PostgreSQL, which answers more slowly, every third by turns, and all in a soak."""
    return HOSTILE if SOAK or url.startswith("sqlite") else HOSTILE[COMMANDS.index(command) % 3 :: 3]


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_survives_it(database_url: str, command: str) -> None:
    """Each verb, in each language, answers every hostile text, and the database holds as before."""
    async with conversation(database_url) as talk:
        for language in languages():
            for text in hostile(command, database_url):
                seen = await talk.says("marc", f"{language.verbs[command][0]} {text}")
                assert seen.text.strip(), text[:40]
                assert "Traceback" not in seen
        assert await talk.failures() == []
        assert await Member.all().count() == 4


async def test_a_bare_hostile_line_is_answered(database_url: str) -> None:
    """Without a verb too."""
    async with conversation(database_url) as talk:
        for text in HOSTILE:
            seen = await talk.says("lea", text)
            assert seen.text.strip(), text[:40]
        assert await talk.failures() == []


async def test_a_hostile_name_is_kept_as_it_is(database_url: str) -> None:
    """It comes back letter by letter."""
    name = "*<b> <!channel> {0.__class__}"
    async with conversation(database_url) as talk:
        await talk.says("marc", f'contact new "{name}"')
        assert name in await talk.says("marc", "who channel")


@pytest.mark.parametrize("hostile", ["\0", "\ud800 lone"])
async def test_what_a_message_carries_may_hold_it_too(database_url: str, hostile: str) -> None:
    """In a file's type, under it, in a forwarded message, in the name of a place: it is kept all the same."""
    file = {"kind": "document", "source": f"s{hostile}", "name": f"n{hostile}.pdf", "media_type": hostile}
    said = {"name": hostile, "link": f"https://t.me/{hostile}"}
    place = {"latitude": 1.5, "longitude": 2.5, "name": hostile, "address": hostile}
    async with talking(database_url) as talk:
        await talk.says(MARC, "deal D-142")
        for carried in ({"attachments": [file]}, {"forwarded": said}, {"location": place}):
            answer = await talk.says(MARC, f"hello {hostile}", **carried)
            assert "✅" in answer.text
        assert not await Incoming.exclude(state="done").exists()
        assert (await Attachment.get()).caption.startswith("hello \ufffd")


async def test_nobody_can_press_a_button_of_another_chat(database_url: str) -> None:
    """A number is a button of one's own chat only."""
    async with conversation(database_url) as talk:
        moved = await talk.says("lea", "acme renewal > négociation")
        answer = await talk.says("marc", moved.button("Annuler"))
        assert "Undone" not in answer
