"""The chat at a terminal: lines go to the app one by one, and time passes meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot import __version__
from bot.clock import SimulatedClock
from bot.config import ConfigError
from bot.config.loading import data_folder
from bot.console import pipe, wait
from bot.console.adapter import Console, arrival
from bot.console.words import words
from bot.database import is_transient
from bot.outbox import LEASE
from bot.refused import Refused
from handlers.chat import verbs
from handlers.chat.i18n import Locale
from handlers.chat.reply import Card, Reply, text
from models.member import Member
from models.messaging.lease import Lease
from models.messaging.outbox import OutboxState, Outgoing

if TYPE_CHECKING:
    from bot.app import App
    from bot.console.prompt import Prompt

_SECOND = timedelta(seconds=1)
_ORDER = re.compile(r"\s*/(?P<verb>as|wait)(?:\s+(?P<rest>[^\n]*))?\s*", re.IGNORECASE)
_SHOWN_AT_FIRST = ("call", "remind", "deal", "today")
_MOST_NAMED = 6  # addresses in one sentence


async def converse(app: App, terminal: Console) -> None:
    """Talk with ``terminal.speaker``, a member with an identity there, until the input or output ends.

    A person types at a prompt, and time passes while they think. A pipe is read line by line: the
    answer to one is printed before the next is read, and a simulated clock stands still between waits.

    Raises:
        Refused: the output failed for another reason than that its reader has gone.
    """
    member = await app.console_identity(terminal.speaker)
    assert member is not None
    chat = Chat(app, terminal, member)
    await chat.take_up()
    if terminal.rich:
        await _with_person(chat)
    elif sys.stdin is not None:
        await _with_pipe(chat)
    _let_go(terminal)


async def _with_pipe(chat: Chat) -> None:
    async with chat.passing_time(stands=chat.simulation is not None):
        await chat.hear_all(pipe.lines(sys.stdin.fileno()))


async def _with_person(chat: Chat) -> None:
    from bot.console.prompt import Prompt

    prompt = Prompt(chat.words, chat.who, chat.hint, _history(chat))
    chat.terminal.beside = prompt.beside
    await chat.welcome()
    async with chat.passing_time(prompt):
        await chat.hear_all(prompt.lines())


def _history(chat: Chat) -> Path | None:
    """In the user's data folder, if there is one; made-up lines are kept apart from real ones."""
    try:
        return data_folder(os.environ) / ("history-simulated" if chat.simulation else "history")
    except ConfigError:
        return None


def _let_go(terminal: Console) -> None:
    """Leave a broken output without a word if its reader has gone, as ``| head -1`` does."""
    if terminal.failure is None:
        return
    # Python flushes stdout once more at its end, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(terminal.failure, BrokenPipeError):
        raise Refused(f"Nothing more can be shown: {terminal.failure.strerror}.")


class Chat:
    """One terminal's conversation with the app. ``simulation`` is the clock that it may set, if it may."""

    def __init__(self, app: App, terminal: Console, member: Member) -> None:
        self.app = app
        self.terminal = terminal
        self.simulation = app.clock if isinstance(app.clock, SimulatedClock) else None
        self._member = member
        self._one_at_a_time = asyncio.Lock()
        # No two lines ever have the same key, those of other runs included.
        self._run = secrets.token_hex(8)
        self._said = 0
        # Whether something may wait in the inbox that nobody is answering: left by an earlier process, or
        # by a database in trouble. Otherwise a look leaves it alone: it is another terminal's.
        self._behind = True

    async def take_up(self) -> None:
        """Make due now what an earlier process left unsaid to this terminal.

        A simulation is alone with its database: whatever is leased there was leased by the dead, and
        perhaps until a time that this clock, set back, will not see for long.
        """
        now = self.app.clock.now()
        async with self.app.database.transaction():
            left = Outgoing.filter(state=OutboxState.WAITING, platform=self.terminal.name)
            if self.simulation is None:
                left = left.filter(address=self._member.email)
            else:
                await Lease.filter(expires_at__gt=now).update(expires_at=now)
            await left.update(not_before=now)
            await left.filter(lease_until__gt=now).update(lease_until=now)

    async def hear_all(self, lines: AsyncIterator[str]) -> None:
        """Answer each line before the next one is read, until there is none or nobody sees the answers."""
        async for line in lines:
            await self.hear(line)
            if self.terminal.failure is not None:
                return

    async def hear(self, line: str) -> None:
        """Answer one message."""
        async with self._one_at_a_time:
            order = _ORDER.fullmatch(line)
            if order is None:
                await self._say_to_app(line)
            elif self.simulation is None:
                await self._tell(
                    self.locale.text(
                        "/{verb} needs a simulation: simulated = true under [console] in the configuration.",
                        verb=order["verb"].lower(),
                    )
                )
            elif order["verb"].lower() == "as":
                await self._switch(order["rest"] or "")
            else:
                await self._wait(self.simulation, order["rest"] or "")

    async def _say_to_app(self, line: str) -> None:
        self._said += 1
        typed = arrival(line, email=self._member.email, id=f"{self._run}:{self._said}")
        kept = False
        try:
            await self.app.receive(self.terminal.name, [typed])
            kept = True
            await self.app.settle()
        except Exception as error:
            if not is_transient(error):
                raise
            self._behind |= kept
            await self._tell(self._trouble(kept))

    def _trouble(self, kept: bool) -> str:
        if kept:
            return self.locale.text(
                "The database is not answering. I kept what you said and will answer later."
            )
        return self.locale.text(
            "The database is not answering, so I could not keep that. Please say it again."
        )

    async def _switch(self, email: str) -> None:
        """Let another member speak."""
        member = await self.app.console_identity(email.strip())
        if member is None:
            await self._tell(
                self.locale.text(
                    "No active member has the address “{email}”. There are: {emails}",
                    email=email.strip(),
                    emails=", ".join(await _emails()),
                )
            )
            return
        self._member = member
        self.terminal.speaker = member.email
        await self._tell(
            self.locale.text("{name} is speaking now: {email}", name=member.name, email=member.email)
        )

    async def _wait(self, clock: SimulatedClock, typed: str) -> None:
        """Let time pass, and say what falls due on the way."""
        until = wait.target(typed, now=clock.now(), locale=self.locale)
        if until is None:
            examples = "/wait 20m · /wait 1h30 · /wait 3d · /wait until fri 10:00"
            await self._tell(
                self.locale.text("How long shall I wait? For example: {examples}", examples=examples)
            )
        elif until < clock.now():
            await self._tell(
                self.locale.text("That has passed: it is {now} already.", now=self._instant(clock.now()))
            )
        else:
            await self._step(clock, until)
            await self._tell(self.locale.text("It is {now} now.", now=self._instant(until)))

    async def _step(self, clock: SimulatedClock, until: datetime) -> None:
        """Stop at each instant at which something falls due, so that it is said at its own time."""
        last, stalls = None, 0
        while self.terminal.failure is None:
            due = await self.app.next_due()
            # What is still due after a look is leased to a process that died, or cannot be sent here.
            stalls = stalls + 1 if due == last else 0
            if due is None or stalls > 1:
                break
            stop = max(due, clock.now()) + LEASE * stalls
            if stop > until:
                break
            clock.advance_to(stop)
            await self._look()
            last = due
        clock.advance_to(until)
        await self._look()

    @asynccontextmanager
    async def passing_time(
        self, prompt: Prompt | None = None, *, stands: bool = False
    ) -> AsyncIterator[None]:
        """Look at what is due now and, unless the clock stands, once a second."""
        await self._look()
        if stands:
            yield
            return
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._tick(prompt))
            yield
            ticking.cancel()

    async def _tick(self, prompt: Prompt | None) -> None:
        while True:
            await asyncio.sleep(_SECOND.total_seconds())
            async with self._one_at_a_time:
                if self.simulation is not None:
                    self.simulation.advance_to(self.simulation.now() + _SECOND)
                await self._look()
            if prompt is not None:
                prompt.redraw()

    async def _look(self) -> None:
        """Compose what is due and send it. What fails now is looked at again by the next look."""
        await self.app.scheduler.run_job()
        try:
            if self._behind:
                await self.app.settle()
                self._behind = False
            while await self.app.delivery.sweep():
                pass
        except Exception as error:
            if not is_transient(error):
                raise

    async def words(self, begun: str, *, opens: bool) -> Sequence[str]:
        """See :func:`bot.console.words.words`; nothing while the database does not answer."""
        try:
            return await words(self._member.id, begun, opens=opens)
        except Exception as error:
            if not is_transient(error):
                raise
            return ()

    def who(self) -> tuple[str, str]:
        """Who speaks, and the simulated time, empty where it is the real one."""
        clock = self.locale.time(self.simulation.now()) if self.simulation else ""
        return self._member.name.split()[0], clock

    def hint(self) -> str:
        """The line below the prompt."""
        keys = self.locale.text("Ctrl-D ends · Tab completes · help")
        if self.simulation is None:
            return keys
        return f"{keys} · /wait 2h · /as … · {self._instant(self.simulation.now())}"

    async def welcome(self) -> None:
        """Say who is speaking, and what can be said."""
        locale = self.locale
        examples = (verbs.example(name, locale.language) for name in _SHOWN_AT_FIRST)
        lines = [locale.text("Say what happened, as you would tell a colleague:")]
        lines += [f"  {example}" for example in examples if example]
        lines.append(locale.text("“help” shows everything; a number presses its button."))
        if self.simulation is not None:
            now = self._instant(self.simulation.now())
            lines.append(locale.text("Here time is made up: it is {now}.", now=now))
            lines.append(locale.text("“/wait 2h” lets it pass; “/as” with an address lets another speak:"))
            lines.append(f"  {' · '.join(await _emails())}")
        title = f"Parley {__version__} · {self._member.name}"
        await self.terminal.tell(Reply((Card(title, body="\n".join(lines)),)), self.locale)

    async def _tell(self, sentence: str) -> None:
        await self.terminal.tell(text(sentence), self.locale)

    @property
    def locale(self) -> Locale:
        """How the speaker reads."""
        return Locale(self._member.locale, self._member.zone)

    def _instant(self, moment: datetime) -> str:
        return self.locale.instant(moment, now=moment)


async def _emails() -> list[str]:
    """The addresses of those who may speak, the first few."""
    found = (
        await Member.filter(active=True).order_by("email").limit(_MOST_NAMED).values_list("email", flat=True)
    )
    return [str(email) for email in found]
