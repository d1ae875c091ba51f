"""Delivery: sends what stands in the outbox. The only retrier.

Within a chat and a priority the order is strict: a message waits until every earlier one is sent or
given up; a slow chat delays no other. A message whose answer was lost is looked up where the platform
has a history, and repeated at most once where it has none.

Nothing goes faster than its service allows (:mod:`bot.pacer`): answers first, then reminders, then
digests. Changes of one message that have to wait become one, the last.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot import failpoint, outbox, reach
from bot.clock import Clock
from bot.database import Database, holdable
from bot.moved import moved
from bot.outbox import LEASE, Place
from bot.pacer import Going, Pacer, Rest
from bot.platform import (
    AnswerLost,
    ChatMoved,
    Message,
    Platform,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.tally import Tally
from bot.window import Window
from handlers.chat.reply import load
from models.member import ChatIdentity, Member
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification, Priority
from models.room import Room

log = structlog.get_logger(__name__)

# Messages under way at once; each is of another chat or another priority.
_AT_ONCE = 50
# Rows that are looked at beyond that: some may not go yet, such as changes of a message just changed.
_PASSED_OVER = 50
# How often the outbox is looked at for rows that nobody announced.
_SWEEP_EVERY = timedelta(seconds=0.5)
# A passing fault is tried again for a day: then the words are stale.
_GIVE_UP_AFTER = timedelta(hours=24)
_LONGEST_BACKOFF = timedelta(minutes=5)
_COUNTED = 10_000  # tries of a message; more are not counted, and the column holds 32,767
# A living process renews the leases of what it is sending three times in their length.
_RENEW_EVERY = LEASE / 3
# Before a lost answer is looked into: the message may still be on its way.
_AFTER_A_LOST_ANSWER = timedelta(seconds=1)
# A platform whose token is refused is left alone for this long.
_UNAUTHORISED_PAUSE = timedelta(minutes=1)
# What is under way when the process is to stop may still arrive: cut short, it would come again.
_LAST_WORDS = timedelta(seconds=5)


class Delivery:
    """Sends for the platforms that this process has open. ``holder`` names the process in leases.

    ``pacer`` None: as fast as each platform's ``pace`` allows.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        database: Database,
        clock: Clock,
        holder: str,
        tally: Tally | None = None,
        *,
        pacer: Pacer | None = None,
    ) -> None:
        self._platforms = platforms
        self._pacer = pacer or Pacer(
            {name: each.pace for name, each in platforms.items() if each.pace is not None}
        )
        self._database = database
        self._clock = clock
        self._holder = holder
        self._tally = tally or Tally()
        self._wake = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._sending: dict[int, Going] = {}  # rows under way
        self._window = Window()  # those of them that could not be looked up
        self._look_again = _SWEEP_EVERY  # when a row that was passed over may go
        self._stopping = False
        self._paused: dict[str, Rest] = {}  # platforms that refuse our token
        self._looked_at = datetime.min.replace(tzinfo=UTC)  # when rows to be sent were last looked for
        # Reminders and digests are sent by the holder of the tick alone.
        self.sends_pushes = True

    def wake(self) -> None:
        """There is something new to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; what is under way then has some seconds to arrive."""
        self._stopping = False
        sending = asyncio.create_task(self._send_on())
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._stopping = True
            self.wake()
            await asyncio.wait([sending], timeout=_LAST_WORDS.total_seconds())
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._tasks = None

    async def _send_on(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            renewing = self._tasks.create_task(self._renew())
            while not self._stopping:
                for row in await self._claimed():
                    self._tasks.create_task(self._attempt(row))
                await self._woken(self._look_again)
            while self._sending:
                await self._woken(_SWEEP_EVERY)
            renewing.cancel()

    async def send_all(self, rows: Sequence[Outgoing]) -> None:
        """Send the rows that a turn has just leased; the others follow in their order.

        While :meth:`run` runs, nobody waits for it.
        """
        mine = [row for row in rows if row.lease_holder == self._holder]
        for row in mine:
            if not self._may_go(row):
                await self._give_back(row)
                continue
            self._sending[row.id] = Going.of(row)
            self._pacer.take(Going.of(row), self._clock.now())
            if self._tasks is None:
                await self._attempt(row)
            else:
                self._tasks.create_task(self._attempt(row))
        if len(mine) < len(rows):
            self.wake()

    def _may_go(self, row: Outgoing) -> bool:
        """Whether a row may be sent now; if not, it waits in the outbox and not here."""
        if self._stopping:
            return False
        now = self._clock.now()
        at = self._pacer.ready_at(Going.of(row), now)
        if at > now:
            self._look_again_in(at - now)
            return False
        return self._tasks is None or not self._is_in_doubt(row) or not self._window.is_full

    def _is_in_doubt(self, row: Outgoing) -> bool:
        """Whether nobody could say, after a crash, if a row that was under way has arrived."""
        return row.edits_ref is None and self._forgets(row.platform)

    def _forgets(self, platform: str) -> bool:
        return not self._platforms[platform].keeps_history

    def _look_again_in(self, wait: timedelta) -> None:
        """Look at the outbox after so long, if not sooner."""
        self._look_again = min(self._look_again, wait)

    async def _give_back(self, row: Outgoing) -> None:
        """Let a row that was leased wait for its turn: nothing of it was begun."""
        try:
            await self._database.execute(
                "UPDATE outbox SET attempts = attempts - 1, lease_holder = NULL, lease_until = NULL"
                " WHERE id = ? AND lease_holder = ?",
                row.id,
                self._holder,
            )
            self.wake()
        except Exception as error:
            if not self._database.is_transient(error):
                raise
            log.warning("lease not given back", outbox=row.id, error=type(error).__name__)

    async def sweep(self) -> int:
        """Take the rows that may be sent now and send them. Returns how many."""
        rows = await self._claim()
        await asyncio.gather(*(self._attempt(row) for row in rows))
        return len(rows)

    async def _woken(self, at_latest: timedelta) -> None:
        # Not wait_for: until Python 3.12 it swallows a cancellation that comes together with the event.
        try:
            async with asyncio.timeout(at_latest.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _claimed(self) -> list[Outgoing]:
        try:
            return await self._claim()
        except Exception as error:
            if not self._database.is_transient(error):
                raise
            log.warning("outbox not readable", error=type(error).__name__)
            return []

    async def _renew(self) -> None:
        """Keep the leases of what is under way: a slow answer is no dead process."""
        while True:
            await asyncio.sleep(_RENEW_EVERY.total_seconds())
            if not self._sending:
                continue
            try:
                await Outgoing.filter(id__in=list(self._sending), lease_holder=self._holder).update(
                    lease_until=self._clock.now() + LEASE
                )
            except Exception as error:
                if not self._database.is_transient(error):
                    raise
                log.warning("leases not renewed", error=type(error).__name__)

    async def _claim(self) -> list[Outgoing]:
        self._look_again = _SWEEP_EVERY
        free = _AT_ONCE - len(self._sending)
        if free <= 0:
            return []
        now = self._clock.now()
        if now < self._looked_at:
            await self._bring_forward(now)
        self._looked_at = now
        found = await self._due(now, free)
        if not any(self._is_ready(going, now) for _, going in found):
            return []
        async with self._database.transaction():
            locked = await self._locked([id for id, _ in found], now)
            chosen = self._chosen([each for each in found if each[0] in locked], now, free)
            ids = [await self._latest(id, going, now) for id, going in chosen]
            if not ids:
                return []
            # A lease that ran out belonged to a process that died while it was sending.
            marks = ", ".join("?" * len(ids))
            await self._database.execute(
                "UPDATE outbox SET uncertain = (uncertain OR lease_until IS NOT NULL),"  # noqa: S608 # only marks are put in
                # A platform may refuse our token for weeks: the column counts no further.
                f" attempts = CASE WHEN attempts < {_COUNTED} THEN attempts + 1 ELSE attempts END,"
                " lease_holder = ?, lease_until = ?"
                f" WHERE id IN ({marks})",
                self._holder,
                now + LEASE,
                *ids,
            )
            rows = await Outgoing.filter(id__in=ids).order_by("priority", "id")
        self._sending.update({row.id: Going.of(row) for row in rows})
        return rows

    async def _bring_forward(self, now: datetime) -> None:
        """Once the clock was put back: what was to go by a later clock goes now.

        It would wait as much longer as the clock was wrong. What a service asked for is kept by the pacer.
        """
        within, values = reach.condition(self._platforms)
        rows = await self._database.fetch(
            f"SELECT id FROM outbox WHERE state = 'waiting' AND {within}"  # noqa: S608 # our own words and marks
            " AND created_at > ? AND not_before > ?",
            *values,
            now,
            now,
        )
        if rows:
            await Outgoing.filter(id__in=[row["id"] for row in rows]).update(not_before=now)

    async def _latest(self, id: int, going: Going, now: datetime) -> int:
        """The last of the changes of one message that wait: it says what those before it would have said."""
        if going.edits is None:
            return id
        same = "state = 'waiting' AND platform = ? AND address = ? AND edits_ref = ?"
        values = (going.platform, going.address, going.edits)
        [row] = await self._database.fetch(f"SELECT MAX(id) AS last FROM outbox WHERE {same}", *values)  # noqa: S608 # our own words
        last = int(row["last"])
        await self._database.execute(
            f"UPDATE outbox SET state = 'sent', sent_at = ? WHERE {same} AND id < ?",  # noqa: S608 # our own words
            now,
            *values,
            last,
        )
        return last

    async def _locked(self, ids: Sequence[int], now: datetime) -> set[int]:
        """Those of these rows that are still free; no other process can take them until the commit."""
        marks = ", ".join("?" * len(ids)) or "NULL"
        skip = " FOR UPDATE SKIP LOCKED" if self._database.dialect == "postgres" else ""
        rows = await self._database.fetch(
            f"SELECT id FROM outbox WHERE id IN ({marks}) AND state = 'waiting'"  # noqa: S608 # only marks are put in
            f" AND (lease_until IS NULL OR lease_until <= ?){skip}",
            *ids,
            now,
        )
        return {row["id"] for row in rows}

    async def _due(self, now: datetime, limit: int) -> list[tuple[int, Going]]:
        """The rows that may be sent now, answers first; a few more are looked at than may be."""
        highest = max(Priority) if self.sends_pushes else Priority.INTERACTIVE
        is_open = self._window.is_open
        open_now = {
            name: each
            for name, each in self._platforms.items()
            if (is_open or each.keeps_history) and not self._is_paused(name, now)
        }
        if not is_open:
            self._look_again_in(timedelta(seconds=self._window.opens_in))
        within, values = reach.condition(open_now, " AND priority <= ?", int(highest))
        resting, chats = self._resting(open_now, now)
        rows = await self._database.fetch(
            # What waits is read once. As a join of what waits with what waits before it, PostgreSQL compares
            # each with each where a thousand digests came since it last counted.
            "SELECT id, platform, address, priority, edits_ref FROM ("  # noqa: S608 # our own words and marks
            "SELECT id, platform, address, priority, edits_ref, not_before, lease_until,"
            " MIN(CASE WHEN edits_ref IS NULL THEN id END) OVER (PARTITION BY platform, address, priority)"
            " AS message, MIN(id) OVER (PARTITION BY platform, address, priority, edits_ref) AS change"
            f" FROM outbox WHERE state = 'waiting' AND {within}{resting}) AS o"
            # A change waits for changes of the same message alone; nothing waits for a change of another one.
            " WHERE (message IS NULL OR message >= id) AND change = id"
            " AND not_before <= ? AND (lease_until IS NULL OR lease_until <= ?)"
            f" ORDER BY priority, id LIMIT {limit + _PASSED_OVER}",
            *values,
            *chats,
            now,
            now,
        )
        return [
            (row["id"], Going(row["platform"], row["address"], row["priority"], row["edits_ref"]))
            for row in rows
        ]

    def _resting(self, platforms: Mapping[str, Platform], now: datetime) -> tuple[str, list[object]]:
        """SQL that passes over chats to which nothing may go yet, and its values."""
        resting = {name: self._pacer.resting(name, now) for name in platforms}
        if (end := self._pacer.next_end(now)) is not None:
            self._look_again_in(end - now)
        # As JSON: a list of marks would be another statement for each number of chats.
        among = (
            "json_each(?)"
            if self._database.dialect == "sqlite"
            else "json_array_elements_text(?::json) AS value"
        )
        passed_over = f" AND NOT (platform = ? AND address IN (SELECT value FROM {among}))"  # noqa: S608 # our own words
        values = [value for name, chats in resting.items() if chats for value in (name, json.dumps(chats))]
        return passed_over * (len(values) // 2), list(values)

    def _is_ready(self, going: Going, now: datetime) -> bool:
        at = self._pacer.ready_at(going, now)
        if at > now:
            self._look_again_in(at - now)
        return at <= now

    def _chosen(
        self, found: Sequence[tuple[int, Going]], now: datetime, most: int
    ) -> list[tuple[int, Going]]:
        """Those that go now, in their order; of what nobody could look up, one.

        A chat gets one message after the other: an answer and a reminder at once would use up what it may
        get, and the next answer had to wait.
        """
        chosen, in_doubt = list[tuple[int, Going]](), False
        chats = {going.chat for going in self._sending.values()}
        for id, going in found:
            forgotten = going.edits is None and self._forgets(going.platform)
            if id in self._sending or len(chosen) >= most or (forgotten and in_doubt):
                continue
            if going.chat and going.chat in chats:
                continue
            chats.add(going.chat)
            if self._is_ready(going, now):
                self._pacer.take(going, now)
                chosen.append((id, going))
                in_doubt |= forgotten
        return chosen

    async def next_due(self) -> datetime | None:
        """When the next waiting row of an open platform may be sent, aware UTC."""
        waiting = Outgoing.filter(state=OutboxState.WAITING, platform__in=list(self._platforms))
        row = await waiting.order_by("not_before").first()
        return row.not_before if row else None

    async def _attempt(self, row: Outgoing) -> None:
        """Send one row. Where its outcome cannot be written down, its lease runs out and it comes again."""
        try:
            await self._deliver(row)
        except Exception as error:
            if not self._database.is_transient(error):
                raise
            log.warning("outcome not noted", outbox=row.id, error=type(error).__name__)
        finally:
            self._sending.pop(row.id, None)
            self._window.end(row.id)
            self.wake()

    def _is_paused(self, platform: str, now: datetime) -> bool:
        return platform in self._paused and now < self._paused[platform].ends_at(now)

    async def _deliver(self, row: Outgoing) -> None:
        now = self._clock.now()
        if self._is_paused(row.platform, now):
            await self._again(row, Unauthorised("token refused"), self._paused[row.platform].ends_at(now))
            return
        if self._is_in_doubt(row):
            await self._window.turn(row.id)
        failpoint.reach("before_send")
        try:
            ref = await self._sent(row)
        except ServiceError as error:
            await self._refused(row, error)
            return
        except Exception as error:  # one message that breaks us must not stop all others
            log.error("message cannot be sent", outbox=row.id, platform=row.platform, exc_info=error)
            await self._give_up(row, Rejected(type(error).__name__))
            return
        self._pacer.taken(Going.of(row))
        # A reply of several messages has their references joined; they count one by one.
        self._pacer.take(Going.of(row), self._clock.now(), ref.count("+"))
        failpoint.reach("after_send")
        self._tally.delivery(row.platform, "sent")
        if forgotten := outbox.forgotten(row):
            await self._let_go(
                row, state=OutboxState.SENT, message_ref=ref, sent_at=self._clock.now(), **forgotten
            )
            return
        # After a power cut it may be sent again, marked as such; to wait for the disk would cost more.
        await self._database.note(
            "UPDATE outbox SET state = 'sent', message_ref = ?, sent_at = ?, lease_holder = NULL,"
            " lease_until = NULL WHERE id = ? AND lease_holder = ?",
            ref,
            self._clock.now(),
            row.id,
            self._holder,
        )
        failpoint.reach("after_sent_mark")

    async def _sent(self, row: Outgoing) -> str:
        platform = self._platforms[row.platform]
        message = self._message(row)
        if row.edits_ref is not None:
            return await platform.edit(message)
        if row.uncertain:
            found = await platform.find(message)
            if found is not None:
                return found
        return await platform.send(message)

    def _message(self, row: Outgoing) -> Message:
        return Message(
            id=row.id,
            address=row.address,
            reply=load(row.body),
            language=row.language,
            edits=row.edits_ref,
            answers=row.answers,
            push=row.push,
            repeated=row.uncertain,
        )

    async def _refused(self, row: Outgoing, error: ServiceError) -> None:
        now = self._clock.now()
        self._tally.delivery(row.platform, _named(error))
        match error:
            case Throttled(retry_after=pause):
                self._pacer.refused(Going.of(row), now, now + pause)
                await self._again(row, error, now + pause)
            case AnswerLost() if self._may_stand_there_twice(row):
                # Repeated once already: a third copy would be worse than none.
                await self._give_up(row, error)
            case AnswerLost() if now - row.created_at < _GIVE_UP_AFTER:
                pause = max(_AFTER_A_LOST_ANSWER, _backoff(row.attempts))
                await self._again(row, error, now + pause, uncertain=True)
            case Unavailable() if now - row.created_at < _GIVE_UP_AFTER:
                await self._again(row, error, now + _backoff(row.attempts))
            case Unauthorised():
                if not self._is_paused(row.platform, now):
                    log.error("token refused", platform=row.platform, reason=str(error)[:200])
                    self._paused[row.platform] = Rest(now, now + _UNAUTHORISED_PAUSE)
                await self._again(row, error, self._paused[row.platform].ends_at(now))
            case ChatMoved(to=to):
                await self._moved(row, error, to)
            case Unreachable():
                await self._unreachable(row, error)
            case Rejected() | _:
                await self._give_up(row, error)

    def _may_stand_there_twice(self, row: Outgoing) -> bool:
        """Whether it was repeated without knowing what became of the first; an edit repeats nothing."""
        if not row.uncertain or row.edits_ref is not None:
            return False
        return not self._platforms[row.platform].can_find(self._message(row))

    async def _again(
        self, row: Outgoing, error: ServiceError, at: datetime, *, uncertain: bool | None = None
    ) -> None:
        log.info("not sent yet", outbox=row.id, platform=row.platform, reason=str(error)[:200])
        await self._let_go(
            row,
            not_before=at,
            uncertain=row.uncertain if uncertain is None else uncertain,
            error=_words(error),
        )

    async def _let_go(self, row: Outgoing, **outcome: Any) -> bool:
        """Note what became of a row; nothing, and False, where another process has taken it over since."""
        mine = Outgoing.filter(id=row.id, lease_holder=self._holder)
        return await mine.update(lease_holder=None, lease_until=None, **outcome) > 0

    async def _give_up(self, row: Outgoing, error: ServiceError) -> None:
        """Never send it; somebody who can do something about it is told."""
        async with self._database.transaction():
            if await self._failed(row, error):
                await self._report(row)

    async def _failed(self, row: Outgoing, error: ServiceError) -> bool:
        log.warning("not sent", outbox=row.id, platform=row.platform, reason=str(error)[:200])
        return await self._let_go(row, state=OutboxState.FAILED, error=_words(error), **outbox.forgotten(row))

    async def _report(self, row: Outgoing) -> None:
        """Let the member's leader know, once a day for each member and platform. See handlers.team."""
        if row.member_id is None or row.edits_ref is not None:
            return
        member = await Member.get(id=row.member_id)
        for leader in await member.leaders():
            await Notification.once(
                member=leader,
                kind="undelivered",
                key=f"undelivered:{leader.id}:{member.id}:{row.platform}:{self._clock.now():%Y-%m-%d}",
                record_id=row.id,
                due_at=self._clock.now(),
            )

    async def _moved(self, row: Outgoing, error: ServiceError, to: str) -> None:
        """Send it to the chat's new address, and with it all that waits for the old one."""
        async with self._database.transaction():
            if await self._let_go(row, not_before=self._clock.now(), error=_words(error)):
                await moved(self._database, row.platform, row.address, to)

    async def _unreachable(self, row: Outgoing, error: ServiceError) -> None:
        """Mark the account or the room, and say it on the member's other platform; else a push waits.

        Who leads the member is told by the tick, see bot.waiting.
        """
        async with self._database.transaction():
            if not await self._failed(row, error):
                return
            await self._close_room(row, error)
            await ChatIdentity.filter(platform=row.platform, address=row.address).update(reachable=False)
            other = await self._other_place(row)
            if other is not None:
                await outbox.put_instead(self._database, row, other, now=self._clock.now())
                return
            if (notification := await outbox.notification_of(row)) is not None:
                await notification.place_again(because=row.id)

    async def _close_room(self, row: Outgoing, error: ServiceError) -> None:
        """Post nothing any more where nothing can be written; who chose what is posted is told, once."""
        room = await Room.at(row.workspace_id, row.platform, row.address) if row.workspace_id else None
        if room is None or room.closed_because:
            return
        await room.close(_words(error))
        for member in await room.keepers():
            await Notification.once(
                member=member,
                kind="room_closed",
                key=f"room_closed:{room.id}:{row.id}:{member.id}",
                record_id=room.id,
                due_at=self._clock.now(),
            )

    async def _other_place(self, row: Outgoing) -> Place | None:
        if row.member_id is None or row.edits_ref is not None:
            return None
        identity = await reachable(row.member_id)
        if identity is None:
            return None
        return Place(identity.platform, identity.address, row.language, row.workspace_id, row.member_id)


async def reachable(member_id: int) -> ChatIdentity | None:
    """Where a member is written to: the chat service used last; a terminal only where there is none."""
    found = await ChatIdentity.filter(member_id=member_id, reachable=True).order_by("-last_seen_at")
    return min(found, key=lambda identity: identity.platform == "console", default=None)


def _named(error: ServiceError) -> str:
    """The kind of refusal, whatever a platform made of it."""
    kinds = (Throttled, Unavailable, AnswerLost, Unreachable, Unauthorised)
    return next((kind.__name__.lower() for kind in kinds if isinstance(error, kind)), "rejected")


def _words(error: ServiceError) -> str:
    """A service's words as a row holds them, whatever letters it uses."""
    return holdable(str(error))[:300]


def _backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … at most 5 minutes, with jitter."""
    pause = min(timedelta(seconds=2 ** min(attempts - 1, 10)), _LONGEST_BACKOFF)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 # jitter, not a secret
