"""Bent lines: whatever is typed is answered in words, and leaves the database whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.chat.command import REGISTER
from handlers.chat.reading import Kind, normalise, read, tidy
from handlers.chat.verbs import misspelt, nearest, opening
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from tests.acceptance.made_up import require_one_change_each
from tests.driver import Conversation, conversation
from tests.effort import SOAK, tries
from tests.fuzz.bending import bent_lines
from tests.handlers.chat.test_reading import NEW_YORK, PARIS


@tries(300)
@given(bent_lines(), st.sampled_from([PARIS, NEW_YORK]), st.booleans())
def test_a_bent_line_is_read(typed: str, speaker: object, log: bool) -> None:
    """Into spans that lie in it, in order, for every command; no reader knows an exception."""
    line = normalise(typed)
    found = opening(line) or misspelt(line)
    assert len(nearest(line)) == 2
    tidy(line)
    for command in REGISTER.values():
        kinds = command.kinds if found is None else frozenset(Kind)
        reading = read(line, kinds, PARIS if speaker is PARIS else NEW_YORK, log=log)
        borders = [place for span in reading.spans for place in (span.start, span.end)]
        assert borders == sorted(borders)
        if found is not None:
            break


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that is held step by step from outside its loop."""

    runner: asyncio.Runner
    conversation: Conversation

    def says(self, who: str, line: str) -> Incoming:
        """Say a line; its row once it was answered with words."""
        return self.runner.run(self._says(who, line))

    async def _says(self, who: str, line: str) -> Incoming:
        seen = await self.conversation.says(who, line)
        assert seen.text.strip()
        assert "Traceback" not in seen
        row = await Incoming.all().order_by("-id").first()
        assert row is not None
        return row


@contextmanager
def talking(url: str) -> Iterator[Talk]:
    """The demo's team; in the end every message was answered, the team is who it was, no Change is double."""
    with asyncio.Runner() as runner:
        world = conversation(url)
        talk = runner.run(world.__aenter__())
        try:
            team = runner.run(_team())
            yield Talk(runner, talk)
            assert runner.run(talk.failures()) == []
            assert runner.run(_team()) == team
            runner.run(require_one_change_each())
        finally:
            runner.run(world.__aexit__(None, None, None))


async def _team() -> list[tuple[Any, ...]]:
    return [(member.email, member.name, member.role) for member in await Member.all().order_by("id")]


def test_a_bent_line_is_answered(database_url: str) -> None:
    """In one conversation with both languages: with words, and as a turn that ended as it should."""
    with talking(database_url) as talk:

        @tries(120 if database_url.startswith("sqlite") else 40)
        @given(bent_lines(), st.sampled_from(["marc", "lea", "nora"]))
        def is_answered(line: str, who: str) -> None:
            row = talk.says(who, line)
            assert row.state is InboxState.DONE, row.outcome
            assert row.outcome in ("ok", "outdated") or row.outcome.startswith("refused: "), row.outcome

        is_answered()


def test_a_bent_message_of_many_lines_is_answered(sqlite_url: str) -> None:
    """Each of its lines is; those that no command begins go on with the one before."""
    with talking(sqlite_url) as talk:

        @tries(10)
        @given(st.lists(bent_lines(), min_size=2, max_size=30))
        def is_answered(lines: list[str]) -> None:
            assert talk.says("marc", "\n".join(lines)).state is InboxState.DONE

        is_answered()


_REPEATED = ("call ", ": ", "« ", "\n", "a\n", "5k€ ", ", next ", "close ", "demain ", "Jane ", "-")


def test_a_long_message_is_answered(sqlite_url: str) -> None:
    """A hundred thousand characters too, whatever they repeat behind whatever verb."""
    with talking(sqlite_url) as talk:
        for number, piece in enumerate(_REPEATED):
            for verb in ("", "call Omar Haddad ", "affaire nouvelle ")[:: 1 if SOAK else 2 - number % 2]:
                assert talk.says("marc", (verb + piece * 100_000)[:100_000]).state is InboxState.DONE
