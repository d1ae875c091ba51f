"""Dispatcher: takes waiting requests chat by chat, and answers each in one transaction.

Returning commits, raising rolls back. Order is kept within a chat by its lane, chats are answered in
parallel where the database allows it. An error of ours ends the turn here, and nothing else.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot import failpoint, flood, inbox, outbox, reach, turn
from bot.allowance import Allowance
from bot.clock import Clock
from bot.delivery import Delivery
from bot.outbox import Place
from bot.outcome import Outcome
from bot.platform import Arrival, Curious, Marking, Platform, Silent, Unreadable
from bot.surroundings import Surroundings
from bot.tally import Tally
from handlers import inquiries
from handlers.chat.command import REGISTER
from handlers.chat.i18n import Locale
from handlers.chat.request import Request
from handlers.help import failed
from models.errors import LostUpdate
from models.member import ChatIdentity, Role
from models.messaging.inbox import InboxState, Incoming, reference
from models.messaging.outbox import Outgoing

log = structlog.get_logger(__name__)

# A turn that meets database trouble, and a row whose turn failed or was cut short at most.
MOST_ATTEMPTS = 5
# Seconds: before a turn is tried again after database trouble, doubled each time, with jitter.
_FIRST_PAUSE = 0.02
# How often rows are looked for that nobody announced: after a crash, or of a process that died.
_SWEEP_EVERY = timedelta(seconds=1)
# What a turn under way is given when the process is to stop.
_LAST_TURN = timedelta(seconds=3)

Chat = tuple[str, str]  # platform, address


class Dispatcher:
    """Answers what stands in the inbox, for the platforms that this process has open.

    ``allowance`` None: everybody may ask as much as they like, as at one's own terminal.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        here: Surroundings,
        delivery: Delivery,
        clock: Clock,
        tally: Tally | None = None,
        *,
        allowance: Allowance | None = None,
    ) -> None:
        self._platforms = platforms
        self._curious = {name: each for name, each in platforms.items() if isinstance(each, Curious)}
        self._here = here
        self._delivery = delivery
        self._clock = clock
        self._tally = tally or Tally()
        self._allowance = allowance
        self._started = clock.now()
        self._news: dict[Chat, None] = {}
        self._busy: set[Chat] = set()
        self._inherited: set[Chat] = set()
        self._one_inherited = asyncio.Lock()
        self._wake = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        # One writer on SQLite; on PostgreSQL chats are answered side by side, within the pool.
        self._workers = 1 if here.database.dialect == "sqlite" else 8

    async def receive(self, platform: str, arrivals: Sequence[Arrival]) -> None:
        """Commit deliveries to the inbox and wake the workers. See bot.platform.Receive."""
        if self._allowance is not None:
            arrivals = await self._admitted(self._allowance, platform, arrivals)
        fresh = await inbox.store(self._here.database, platform, arrivals, self._clock.now())
        self._announce((platform, address) for address in fresh)

    async def _admitted(
        self, allowance: Allowance, platform: str, arrivals: Sequence[Arrival]
    ) -> Sequence[Arrival]:
        """Those that are not too much; whose others are is told, once a minute."""
        found = await allowance.admit(platform, arrivals)
        if found.passed_over:
            log.info("too many messages", platform=platform, passed_over=found.passed_over)
        if found.tell:
            now = self._clock.now()
            async with self._here.database.transaction():
                told = await flood.tell(platform, found.tell, self._here.database, self._here.holder, now)
            await self._delivery.send_all(told)
        return found.arrivals

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            for _ in range(self._workers):
                self._tasks.create_task(self._work())
            self._tasks.create_task(self._sweep())

    async def settle(self) -> None:
        """Answer everything that waits now; for the terminal and for tests."""
        before, waiting = dict[Chat, int](), await self._waiting()
        while waiting != before:  # what is left then is another process's
            for chat in waiting:
                await self.answer(chat)
            before, waiting = waiting, await self._waiting()

    async def answer(self, chat: Chat) -> None:
        """Answer a chat's waiting requests, oldest first."""
        while await self._next(chat):
            pass

    def _announce(self, chats: Iterable[Chat]) -> None:
        self._news.update(dict.fromkeys(chats))
        self._wake.set()

    async def _work(self) -> None:
        while True:
            chat = next((chat for chat in self._news if self._may_be_answered(chat)), None)
            if chat is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            del self._news[chat]
            self._busy.add(chat)
            try:
                await _to_its_end(self._answer_or_wait(chat))
            finally:
                self._busy.discard(chat)
                self._wake.set()

    def _may_be_answered(self, chat: Chat) -> bool:
        return chat not in self._busy and not (self._allowance and self._allowance.rests(chat))

    async def _answer_or_wait(self, chat: Chat) -> None:
        """Answer one request; where even a failure cannot be written down, the sweep takes it up again.

        What else waits in the chat is answered after the other chats' next ones.
        """
        try:
            if await self._next(chat):
                self._announce([chat])
        except Exception as error:
            if not self._passing(error):
                log.error("chat put off", platform=chat[0], exc_info=error)
            else:
                log.warning("chat put off", platform=chat[0], error=type(error).__name__)
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    async def _sweep(self) -> None:
        while True:
            try:
                self._announce(await self._waiting())
            except Exception as error:
                if not self._here.database.is_transient(error):
                    raise
                log.warning("inbox not readable", error=type(error).__name__)
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    async def inherit(self) -> None:
        """Note, at start, which chats have requests that an earlier process left."""
        self._inherited = set(await self._waiting())

    async def _waiting(self) -> dict[Chat, int]:
        """The chats with requests that wait, each with its oldest one's id; the oldest first."""
        within, values = reach.condition(self._platforms)
        rows = await self._here.database.fetch(
            "SELECT platform, address, MIN(id) AS oldest FROM inbox WHERE state = 'waiting'"  # noqa: S608 # marks
            f" AND {within} GROUP BY platform, address ORDER BY oldest",
            *values,
        )
        return {(row["platform"], row["address"]): row["oldest"] for row in rows}

    async def _has_more(self, chat: Chat) -> bool:
        """Whether it is worth a transaction to look for the chat's next request."""
        try:
            found = await self._here.database.fetch(
                "SELECT 1 AS waits FROM inbox WHERE state = 'waiting' AND platform = ? AND address = ?"
                " LIMIT 1",
                *chat,
            )
        except Exception as error:
            if not self._here.database.is_transient(error):
                raise
            return True  # the next turn meets the same trouble, and deals with it
        return bool(found)

    async def _next(self, chat: Chat) -> bool:
        """Answer one request. Returns whether more wait; False too where another process has the chat."""
        if not await self._prepared(chat, self._learn if chat[0] in self._curious else None):
            return False
        if chat not in self._inherited:
            return await self._answer_next(chat)
        # Who is under way when a process dies is counted: so it is one, and none that waits for a service.
        async with self._one_inherited:
            return await self._prepared(chat, self._begin_inherited) and await self._answer_next(chat)

    async def _prepared(self, chat: Chat, step: Callable[[Chat], Awaitable[None]] | None) -> bool:
        """Whether what comes before the turn is done; False, after a moment, where the database refuses."""
        try:
            if step is not None:
                await step(chat)
        except Exception as error:  # noqa: BLE001 # before the turn: logged, and tried again
            await self._fail(chat, None, error)
            return False
        return True

    async def _answer_next(self, chat: Chat) -> bool:
        lost: LostUpdate | None = None
        for attempt in range(MOST_ATTEMPTS):
            row: Incoming | None = None
            try:
                async with self._here.database.transaction():
                    row = await self._lock(chat)
                    if row is None:
                        return False
                    if lost is not None:
                        await lost.record.hold()
                    done, more = await self._turn(row)
                    failpoint.reach("before_commit")
            except Exception as error:  # noqa: BLE001 # the turn: logged, and the row set aside
                if row is None or not self._passing(error):
                    await self._fail(chat, row, error)
                    return row is not None and await self._has_more(chat)
                lost = error if isinstance(error, LostUpdate) else None
                await self._pause(attempt, error)
                continue
            failpoint.reach("after_commit")
            self._spend(chat, done)
            await self._after(row, done)
            return more
        await self._count(chat, row)
        return False

    def _spend(self, chat: Chat, done: Outcome) -> None:
        if self._allowance is not None and done.request is not None and done.command in REGISTER:
            cost, request = REGISTER[done.command].cost, done.request
            self._allowance.spend(chat, request.sender.user, cost, private=request.private)

    def _passing(self, error: Exception) -> bool:
        return isinstance(error, LostUpdate) or self._here.database.is_transient(error)

    async def _pause(self, attempt: int, error: Exception) -> None:
        log.info("turn again", attempt=attempt + 1, error=type(error).__name__)
        await asyncio.sleep(_FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 # jitter

    async def _lock(self, chat: Chat) -> Incoming | None:
        """The chat's oldest waiting request, its lane locked against every other process."""
        if self._here.database.dialect == "postgres":
            locked = await self._here.database.fetch(
                "SELECT id FROM lane WHERE platform = ? AND address = ? FOR UPDATE SKIP LOCKED", *chat
            )
            if not locked:
                return None
        waiting = Incoming.filter(state=InboxState.WAITING, platform=chat[0], address=chat[1])
        return await waiting.order_by("id").first()

    async def _learn(self, chat: Chat) -> None:
        """Let the platform look up whom the next request is about: no transaction may wait for a service."""
        found = await self._here.database.fetch(
            "SELECT payload FROM inbox WHERE state = 'waiting' AND platform = ? AND address = ?"
            " ORDER BY id LIMIT 1",
            *chat,
        )
        for row in found:
            await self._curious[chat[0]].learn(inbox.delivery(row["payload"]))

    async def _begin_inherited(self, chat: Chat) -> None:
        """Count a try of a request that an earlier process left: it may be what that process died of.

        Committed before the turn, so that a request which kills every process is set aside in the end.
        """
        said = list[Outgoing]()
        async with self._here.database.transaction():
            row = await self._lock(chat)
            if row is None or row.received_at >= self._started:
                self._inherited.discard(chat)
            elif row.attempts >= MOST_ATTEMPTS:
                said.append(await self._set_aside(row, "cut short too often"))
            else:
                await Incoming.filter(id=row.id).update(attempts=row.attempts + 1)
        await self._delivery.send_all(said)

    async def _turn(self, row: Incoming) -> tuple[Outcome, bool]:
        """What came of it, and whether the chat has more requests that wait."""
        begun, now = time.perf_counter(), self._clock.now()
        try:
            done = await turn.run(row, self._platforms[row.platform], self._here, now)
        except Unreadable as error:
            return await self._quarantine(row, str(error)), await self._has_more((row.platform, row.address))
        took = round((time.perf_counter() - begun) * 1000)
        [left] = await self._here.database.fetch(
            "UPDATE inbox SET state = 'done', member_id = ?, command = ?, outcome = ?, done_at = ?,"
            " took_ms = ?, ref = ? WHERE id = ? RETURNING EXISTS (SELECT 1 FROM inbox AS other WHERE"
            " other.state = 'waiting' AND other.platform = inbox.platform AND other.address = inbox.address"
            " AND other.id <> inbox.id) AS more",
            done.member_id,
            done.command,
            done.outcome,
            now,
            took,
            done.request.ref if done.request is not None else None,
            row.id,
        )
        self._log(row, done, took)
        return done, bool(left["more"])

    def _log(self, row: Incoming, done: Outcome, took: int) -> None:
        self._tally.turn(row.platform, done.outcome, took / 1000)
        log.info(
            "turn",
            ref=reference(row.id),
            platform=row.platform,
            command=done.command,
            member=done.member_id,
            ms=took,
            outcome=done.outcome,
        )

    async def _quarantine(self, row: Incoming, reason: str) -> Outcome:
        await Incoming.filter(id=row.id).update(
            state=InboxState.QUARANTINED, outcome=reason[:200], done_at=self._clock.now()
        )
        self._tally.turn(row.platform, "quarantined", 0.0)
        log.warning("quarantined", ref=reference(row.id), platform=row.platform, reason=reason[:200])
        return Outcome(outcome="quarantined")

    async def _after(self, row: Incoming, done: Outcome) -> None:
        """What is said once the turn is committed; a crash from here on loses no effect."""
        await self._delivery.send_all(done.send)
        if done.request is None or (done.popup is None and done.request.pressed is None):
            return
        if self._tasks is None:
            await self._answer_press(row, done, done.request)
        else:
            # Not waited for: the service may be slow, and others wait for their turn.
            self._tasks.create_task(self._answer_press(row, done, done.request))

    async def _answer_press(self, row: Incoming, done: Outcome, request: Request) -> None:
        """Say at once what cannot wait for the outbox; what could not be shown becomes a message."""
        try:
            platform = self._platforms[row.platform]
            shown = await platform.answer(request, done.popup)
            if done.marks and isinstance(platform, Marking):
                await platform.mark(done.marks)
            if done.popup is not None and not shown and done.place is not None:
                async with self._here.database.transaction():
                    sent = await self._fallback(row, done)
                await self._delivery.send_all([sent])
        except Exception as error:  # noqa: BLE001 # best effort: what was pressed is done already
            log.warning("press not answered", ref=reference(row.id), error=type(error).__name__)

    async def _fallback(self, row: Incoming, done: Outcome) -> Outgoing:
        assert done.popup is not None and done.place is not None
        return await outbox.put(
            self._here.database,
            done.popup,
            done.place,
            key=f"popup:{row.id}",
            now=self._clock.now(),
            holder=self._here.holder,
        )

    async def _count(self, chat: Chat, row: Incoming | None) -> None:
        """A turn that met trouble five times: the row counts them, and goes to quarantine with five."""
        if row is None:
            return
        async with self._here.database.transaction():
            await Incoming.filter(id=row.id).update(attempts=row.attempts + MOST_ATTEMPTS)
            sent = await self._set_aside(row, "database trouble")
        await self._delivery.send_all([sent])

    async def _fail(self, chat: Chat, row: Incoming | None, error: Exception) -> None:
        """An error of ours: set the row aside, say so once with a reference, and go on."""
        if row is None:
            trouble = None if self._passing(error) else error
            log.error("inbox not usable", platform=chat[0], error=type(error).__name__, exc_info=trouble)
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())
            return
        log.error("turn failed", ref=reference(row.id), platform=row.platform, exc_info=error)
        async with self._here.database.transaction():
            sent = await self._set_aside(row, f"failed: {type(error).__name__}")
        await self._delivery.send_all([sent])

    async def _set_aside(self, row: Incoming, reason: str) -> Outgoing:
        """Quarantine what could be read and not be done; its sender is told, once, with a reference."""
        await self._quarantine(row, reason)
        admin = await _admins_account() if isinstance(self._platforms[row.platform], Silent) else None
        if admin is not None:
            locale, platform, address = Locale(admin.member.locale, "UTC"), admin.platform, admin.address
            said = inquiries.failed(locale, reference(row.id))
        else:
            locale, platform, address = Locale(await _locale_of(row), "UTC"), row.platform, row.address
            said = failed(locale, reference(row.id))
        return await outbox.put(
            self._here.database,
            said,
            Place(platform, address, locale.tag),
            key=f"failed:{row.id}",
            now=self._clock.now(),
            # Of an admin's platform this process may have none open.
            holder=self._here.holder if admin is None else None,
        )


async def _admins_account() -> ChatIdentity | None:
    """Where an admin is written to, the one who was here last; None where nobody can be."""
    accounts = ChatIdentity.filter(member__role=Role.ADMIN, member__active=True, reachable=True)
    return await accounts.order_by("-last_seen_at").select_related("member").first()


async def _to_its_end(turn: Coroutine[Any, Any, None]) -> None:
    """Await a turn. When the process is to stop, one under way may still come to its end.

    Cut short between its commit and the handing over of its answer, that would be taken for one that was
    being sent, and come ten seconds later, as one sent again.
    """
    task = asyncio.ensure_future(turn)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_LAST_TURN.total_seconds())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _locale_of(row: Incoming) -> str:
    """Of whoever's own chat it is; English in a room and for a stranger."""
    accounts = ChatIdentity.filter(platform=row.platform, address=row.address)
    account = await accounts.select_related("member").first()
    return account.member.locale if account else "en-GB"
