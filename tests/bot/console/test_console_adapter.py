"""The terminal as a platform: what is parsed, what is printed, and when it refuses."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from bot.console.adapter import Console, arrival
from bot.platform import Message, Unavailable, Unreadable
from handlers.chat.reply import Button, Buttons, Reply, Text, text
from handlers.chat.request import Request, Sender

LEA, MARC = "lea@acme.example", "marc@acme.example"


class Broken(io.StringIO):
    """A stream whose reader has gone."""

    def flush(self) -> None:
        """Fail as a closed pipe does."""
        raise BrokenPipeError(32, "Broken pipe")


def message(**changed: Any) -> Message:
    """An answer to Léa that says Done, but for what is changed."""
    return Message(**{"id": 7, "address": LEA, "reply": text("Done"), "language": "en", **changed})


def test_a_line_becomes_a_request() -> None:
    """What a member types comes from their address, as text, digits too."""
    typed = arrival("3", email=LEA, id="k1")
    assert (typed.key, typed.address) == ("k1", LEA)
    assert Console(LEA, io.StringIO()).parse(typed.key, typed.raw) == Request(
        platform="console", key="k1", address=LEA, sender=Sender(user=LEA), text="3"
    )


@pytest.mark.parametrize(
    "raw",
    [{}, {"line": 3, "as": LEA, "id": "k"}, {"line": "today", "id": "k"}, {"line": "x", "as": "", "id": "k"}],
)
def test_an_unreadable_line(raw: dict[str, Any]) -> None:
    """A delivery without a line or a speaker is unreadable, and says why."""
    with pytest.raises(Unreadable, match=r"\w"):
        Console(LEA, io.StringIO()).parse("k", raw)


async def test_send_prints_and_refers_to_the_outbox_row() -> None:
    """A message is printed and flushed, and its reference is the row it came from."""
    out = io.StringIO()
    assert await Console(LEA, out).send(message()) == "7"
    assert out.getvalue() == "Done\n\n"


async def test_a_push_and_a_repeated_message_say_so() -> None:
    """A push is marked; what may have been shown before is marked at its end."""
    out = io.StringIO()
    await Console(LEA, out).send(message(push=True, repeated=True))
    assert out.getvalue() == "» Done\n» (sent again)\n\n"


async def test_edit_prints_the_new_content() -> None:
    """In a pipe an edit is the new content alone, as a push; the message keeps its reference."""
    out = io.StringIO()
    assert await Console(LEA, out).edit(message(edits="5")) == "5"
    assert out.getvalue() == "» Done\n\n"


async def test_edit_says_what_it_replaces_to_a_person() -> None:
    """A person is told that this takes the place of something further up."""
    out = io.StringIO()
    await Console(LEA, out, rich=True, colour=False).edit(message(edits="5"))
    assert "in place of an earlier message" in out.getvalue()
    assert out.getvalue().endswith("Done\n\n")


async def test_buttons_are_pressed_by_number() -> None:
    """A message shows the numbers that can be typed."""
    out = io.StringIO()
    question = Reply((Text("Which?"), Buttons((Button("Jane", token="t", number=3),))))
    await Console(LEA, out).send(message(reply=question))
    assert out.getvalue() == "Which?\n[3] Jane\n\n"


async def test_answer_prints_at_once_in_the_readers_language() -> None:
    """A press's popup is printed; its words follow the language of the last message."""
    out = io.StringIO()
    console = Console(LEA, out)
    request = Request(platform="console", key="k", address=LEA, sender=Sender(user=LEA))
    assert await console.answer(request, None)
    assert await console.answer(request, text("Already done"))
    assert out.getvalue() == "Already done\n\n"


async def test_another_members_message_waits_for_their_terminal() -> None:
    """What is meant for somebody else is not shown, and is not lost."""
    out = io.StringIO()
    with pytest.raises(Unavailable, match=MARC):
        await Console(LEA, out).send(message(address=MARC))
    assert out.getvalue() == ""


async def test_one_screen_for_everyone() -> None:
    """In a simulation another member's message is shown under their address."""
    out = io.StringIO()
    console = Console(LEA, out, shared=True)
    await console.send(message(address=MARC, push=True))
    console.speaker = MARC
    await console.send(message(address=MARC, push=True))
    assert out.getvalue() == f"» → {MARC}\n» Done\n\n» Done\n\n"


async def test_an_answer_into_a_closed_pipe_is_given() -> None:
    """Nobody waits for an answer whose reader has gone, and the chat can tell why it ends."""
    console = Console(LEA, Broken())
    assert await console.send(message()) == "7"
    request = Request(platform="console", key="k", address=LEA, sender=Sender(user=LEA))
    assert not await console.answer(request, text("Already done"))
    assert isinstance(console.failure, BrokenPipeError)


async def test_a_push_waits_for_a_terminal() -> None:
    """A reminder that nobody could see is not lost: it is said again later."""
    console = Console(LEA, Broken())
    for _ in range(2):
        with pytest.raises(Unavailable, match="Broken pipe"):
            await console.send(message(push=True))


async def test_writes_go_beside_the_prompt() -> None:
    """In an interactive chat the prompt decides when a message is written."""
    out, asked = io.StringIO(), []

    async def beside(write: Callable[[], None]) -> None:
        asked.append(out.getvalue())
        write()

    await Console(LEA, out, beside=beside).send(message())
    assert (asked, out.getvalue()) == ([""], "Done\n\n")
