"""What Slack's messages carry besides their text: edits, files, somebody else's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.platform import LARGEST_FILE, Rejected, ServiceError, Throttled, Unavailable
from handlers.chat.request import Attachment, Forwarded
from tests.bot.slack.conftest import Parley


def instant(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


async def test_an_edit_names_the_message_that_it_changes(parley: Parley) -> None:
    """It is said at the time of the edit, and has a key of its own."""
    lea = parley.workspace.user("Léa")
    ts = lea.says("appel Jane")
    lea.edits(ts, "appel Jeanne & co")
    first, edit = await parley.hears(2)
    assert (first.edited, edit.edited) == (False, True)
    assert edit.ref == first.ref == f"{lea.dm.id}:{ts}"
    assert edit.key != first.key
    assert edit.text == "appel Jeanne & co"
    assert first.sent_at is not None and edit.sent_at is not None
    assert edit.sent_at > first.sent_at


async def test_an_edit_of_a_mention_is_heard_too(parley: Parley) -> None:
    """The mention is taken out, as it was of the message itself."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    ts = lea.mentions("deal acme", sales)
    lea.edits(ts, "@parley deal globex")
    _, edit = await parley.hears(2)
    assert (edit.edited, edit.text, edit.address) == (True, "deal globex", sales.id)


async def test_a_change_that_nobody_typed_is_quiet(parley: Parley) -> None:
    """A preview that Slack adds, an edit to the same words, a deletion, talk among colleagues."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    ts = lea.says("appel Jane")
    lea.edits(ts, "appel Jane")
    preview = {**lea.dm.messages[ts].body, "attachments": [{"from_url": "https://acme.example"}]}
    preview.pop("edited")
    change = {"type": "message", "subtype": "message_changed", "channel": lea.dm.id, "channel_type": "im"}
    before = {"text": "appel"}
    parley.workspace.event({**change, "message": preview, "previous_message": before, "ts": ts}, lea.dm)
    lea.deletes(ts)
    talk = lea.says("lunch?", sales)
    lea.edits(talk, "lunch at one?")
    await parley.workspace.settled()
    assert [request.text for request in parley.requests()] == ["appel Jane"]


@pytest.mark.parametrize(
    ("media_type", "more", "kind", "seconds"),
    [
        ("image/png", {}, "photo", None),
        ("application/pdf", {}, "document", None),
        ("audio/mp4", {"subtype": "slack_audio", "duration_ms": 4_400}, "voice", 4),
        ("audio/mpeg", {}, "audio", None),
        ("video/mp4", {}, "video", None),
    ],
)
async def test_a_file_comes_with_its_words(
    parley: Parley, media_type: str, more: dict[str, Any], kind: str, seconds: int | None
) -> None:
    """Kind, name, size and length are those that Slack gives; its content can be fetched."""
    lea = parley.workspace.user("Léa")
    lea.uploads("offer.bin", b"signed", "note #D-142 the offer", media_type=media_type, more=more)
    (request,) = await parley.hears()
    (file,) = request.attachments
    assert request.text == "note #D-142 the offer"
    assert (file.kind, file.name, file.size, file.seconds) == (kind, "offer.bin", 6, seconds)
    assert await parley.platform.fetch(file) == b"signed"


async def test_a_file_without_words_is_said_too(parley: Parley) -> None:
    """In a direct message it is for us; in a channel nobody named us."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    lea.uploads("holiday.png", b"x", channel=sales)
    lea.uploads("card.png", b"x")
    await parley.workspace.settled()
    assert [(r.text, len(r.attachments)) for r in parley.requests()] == [("", 1)]


async def test_a_message_that_was_shared_says_whose_words_it_is(parley: Parley) -> None:
    """One's own words are the message's; the other's, with author, time and link, are kept apart."""
    lea = parley.workspace.user("Léa")
    ts = lea.shares("Budget is 5 < 6 k", "Jane Doe", "acme")
    (request,) = await parley.hears()
    assert request.text == "acme"
    shared = lea.dm.messages[ts].body["attachments"][0]
    said = Forwarded("Jane Doe", instant(shared["ts"]), shared["from_url"], "Budget is 5 < 6 k")
    assert request.forwarded == said


async def fetched(parley: Parley, **fault: Any) -> bytes:
    """What is fetched of a small file, after a fault."""
    lea = parley.workspace.user("Léa")
    lea.uploads("offer.pdf", b"signed", media_type="application/pdf")
    (request,) = await parley.hears()
    if fault:
        parley.workspace.fault("files", **fault)
    return await parley.platform.fetch(request.attachments[0])


async def test_a_sign_in_page_is_no_file(parley: Parley) -> None:
    """Without the scope Slack sends a page and the status 200; the scope is named."""
    parley.workspace.grant({"im:history"})
    with pytest.raises(Rejected, match="files:read"):
        await fetched(parley)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"status": 302}, Rejected),
        ({"status": 404}, Rejected),
        ({"status": 500}, Unavailable),
        ({"status": 429}, Throttled),
        ({"drop": "before", "times": 2}, Unavailable),
    ],
)
async def test_what_cannot_be_fetched_says_whether_to_try_again(
    parley: Parley, fault: dict[str, Any], raised: type[ServiceError]
) -> None:
    """Gone for good, or only for now."""
    with pytest.raises(raised):
        await fetched(parley, **fault)


async def test_a_file_that_was_cut_short_is_no_file(parley: Parley) -> None:
    """Fewer bytes came than Slack had said."""
    lea = parley.workspace.user("Léa")
    lea.uploads("offer.pdf", b"signed", more={"size": 7})
    (request,) = await parley.hears()
    with pytest.raises(Unavailable, match="6 of 7 bytes"):
        await parley.platform.fetch(request.attachments[0])


@pytest.mark.parametrize(
    "source",
    [
        "https://files.example.com/offer.pdf",
        "http://files.slack.com/offer.pdf",
        "https://slack.com.example.com/x",
        "https://files.slack.com@example.com/x",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
async def test_the_token_goes_to_slack_s_hosts_alone(parley: Parley, source: str) -> None:
    """Whatever address a message names, nobody else is asked."""
    with pytest.raises(Rejected, match="none of Slack's"):
        await parley.platform.fetch(Attachment("document", source))


async def test_too_large_a_file_is_not_begun(parley: Parley) -> None:
    """Its size is known before."""
    with pytest.raises(Rejected, match="at most"):
        await parley.platform.fetch(
            Attachment("document", "https://files.slack.com/x", size=LARGEST_FILE + 1)
        )
