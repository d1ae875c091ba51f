"""The chat at a terminal: lines go to the app one by one, and time passes meanwhile."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import __version__, holder
from bot.clock import SimulatedClock
from bot.console import wait
from bot.console.adapter import Console, arrival
from bot.console.floor import Floor
from bot.console.words import words
from bot.database import is_transient
from bot.outbox import LEASE
from handlers.chat import verbs
from handlers.chat.i18n import Locale
from handlers.chat.reply import Card, Reply, text
from models.member import Member
from models.messaging.lease import Lease
from models.messaging.outbox import OutboxState, Outgoing

if TYPE_CHECKING:
    from bot.app import App
    from bot.console.prompt import Prompt

# Characters of one line: as many as the longest message of a chat service
# (docs.slack.dev/reference/methods/chat.postMessage, "Truncating content").
LONGEST = 40_000

_SECOND = timedelta(seconds=1)
_ORDER = re.compile(r"\s*/(?P<verb>as|wait)(?:\s+(?P<rest>[^\n]*))?\s*", re.IGNORECASE)
_SHOWN_AT_FIRST = ("call", "remind", "deal", "today")
_MOST_NAMED = 6  # addresses in one sentence


class Chat:
    """One terminal's conversation with the app. ``simulation`` is the clock that it may set, if it may.

    ``lines`` are shown first, to be tried, by language; where there are none, the usual examples.
    """

    def __init__(
        self, app: App, terminal: Console, member: Member, lines: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.app = app
        self.terminal = terminal
        self.simulation = app.clock if isinstance(app.clock, SimulatedClock) else None
        self._member = member
        self._lines = lines or {}
        self._one_at_a_time = asyncio.Lock()
        self._floor = Floor(app.database, app.clock, app.holder)
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
        left = Outgoing.filter(state=OutboxState.WAITING, platform=self.terminal.name)
        async with self._alone(), self.app.database.transaction():
            if self.simulation is None:
                left = left.filter(address=self._member.email)
            else:
                await Lease.filter(expires_at__gt=now).update(expires_at=now)
            await left.update(not_before=now)
            leased = left.filter(lease_until__gt=now)
            holders = await leased.distinct().values_list("lease_holder", flat=True)
            gone = [name for name in holders if self.simulation or holder.is_gone(str(name))]
            await leased.filter(lease_holder__in=gone).update(lease_until=now)

    async def hear_all(self, lines: AsyncIterator[str]) -> None:
        """Answer each line before the next one is read, until there is none or nobody sees the answers."""
        async for line in lines:
            await self.hear(line)
            if self.terminal.failure is not None:
                return

    async def hear(self, line: str) -> None:
        """Answer one message."""
        async with self._one_at_a_time:
            if len(line) > LONGEST:
                await self._tell(
                    self.locale.text(
                        "That is too long for one message, and nothing was kept. The most is {n} characters.",
                        n=self.locale.number(LONGEST),
                    )
                )
            elif order := _ORDER.fullmatch(line):
                await self._obey(order["verb"].lower(), order["rest"] or "")
            else:
                await self._say_to_app(line)

    async def _obey(self, verb: str, rest: str) -> None:
        """What is said to the terminal itself, not to Parley."""
        if self.simulation is None:
            await self._tell(
                self.locale.text(
                    "/{verb} needs a simulation: simulated = true under [console] in the configuration.",
                    verb=verb,
                )
            )
        elif verb == "as":
            await self._switch(rest)
        else:
            await self._wait(self.simulation, rest)

    async def _say_to_app(self, line: str) -> None:
        self._said += 1
        typed = arrival(line, email=self._member.email, id=f"{self._run}:{self._said}")
        kept = False
        try:
            async with self._alone():
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
                async with self._alone():
                    await self.app.settle()
                self._behind = False
            while not await self._another_terminal_is_answered() and await self.app.delivery.sweep():
                pass
        except Exception as error:
            if not is_transient(error):
                raise

    def _alone(self) -> AbstractAsyncContextManager[None]:
        """While no other terminal of this member is answered; a simulation is alone anyway."""
        return nullcontext() if self.simulation else self._floor.taken(self._member.id)

    async def _another_terminal_is_answered(self) -> bool:
        return self.simulation is None and await self._floor.others_have(self._member.id)

    async def words(self, begun: str, *, opens: bool) -> Sequence[str]:
        """See :func:`bot.console.words.words`; nothing while the database does not answer."""
        try:
            if opens and self.simulation and begun.startswith("/") and (found := await _orders(begun)):
                return found
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
        usual = [verbs.example(name, locale.language) for name in _SHOWN_AT_FIRST]
        lines = [locale.text("Say what happened, as you would tell a colleague:")]
        lines += [f"  {line}" for line in self._lines.get(locale.language, usual) if line]
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


async def _orders(begun: str) -> list[str]:
    """The simulation's own words that go on from what was begun: /wait, /as and the addresses behind it."""
    orders = ["/as", "/wait", *(f"/as {email}" for email in await _emails())]
    return [order for order in orders if order.startswith(begun.lower()) and order != begun][:_MOST_NAMED]


async def _emails() -> list[str]:
    """The addresses of those who may speak, the first few."""
    found = (
        await Member.filter(active=True).order_by("email").limit(_MOST_NAMED).values_list("email", flat=True)
    )
    return [str(email) for email in found]
