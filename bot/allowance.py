"""Allowance: how much one person, one room, and all strangers together may ask of Parley, in how long.

Whoever asks more is passed over before the inbox, so that it costs neither a row nor a turn of others; they
are told so once a minute. A command that costs more than a word uses more of it up (``Command.cost``): where
it is used up, what came in already is answered later. In memory, by each process for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database
from bot.pace import Pace, Rate
from bot.pacer import Bucket
from bot.platform import Arrival

# Nobody types faster for long; a hundred at once are what somebody forwards of a conversation.
A_PERSON = Rate(timedelta(seconds=1), burst=100)
# What a room may ask at once; for long no more than can be answered there, see _of_chat.
_AT_ONCE_IN_A_ROOM = 60
# Accounts that nobody has linked: a new team is admitted in a minute, a crowd is not answered.
ALL_STRANGERS = Rate(timedelta(seconds=0.1), burst=300)
_TOLD_EVERY = timedelta(minutes=1)
# People, rooms and accounts that are remembered; the longest silent are forgotten first.
_MOST_REMEMBERED = 10_000

Chat = tuple[str, str]  # platform, address
_Key = tuple[str, str, str]  # kind, platform, person or address


@dataclass(slots=True)
class Admitted:
    """What may go into the inbox, and which members are to be told that something of theirs may not."""

    arrivals: list[Arrival] = field(default_factory=list)
    passed_over: int = 0
    tell: list[str] = field(default_factory=list)  # senders


class Allowance:
    """The books of this process."""

    def __init__(self, database: Database, clock: Clock, paces: Mapping[str, Pace]) -> None:
        self._database = database
        self._clock = clock
        self._paces = paces
        self._buckets: OrderedDict[_Key, Bucket] = OrderedDict()
        self._members: OrderedDict[Chat, None] = OrderedDict()  # platform, account
        self._told: OrderedDict[Chat, datetime] = OrderedDict()  # platform, account
        self._resting: dict[Chat, datetime] = {}

    async def admit(self, platform: str, arrivals: Sequence[Arrival]) -> Admitted:
        """Those of some deliveries that are not too much. A platform without limits has all admitted."""
        if platform not in self._paces:
            return Admitted(list(arrivals))
        now, found = self._clock.now(), Admitted()
        await self._recognise(platform, {arrival.sender for arrival in arrivals})
        for arrival in arrivals:
            if all(bucket.ready_at(now) <= now for bucket in self._of(platform, arrival, now)):
                for bucket in self._of(platform, arrival, now):
                    bucket.take(now)
                found.arrivals.append(arrival)
                continue
            found.passed_over += 1
            if self._is_to_be_told(platform, arrival.sender, now):
                found.tell.append(arrival.sender)
        return found

    def spend(self, chat: Chat, sender: str, cost: int, *, private: bool) -> None:
        """A command was done that costs so much; the one that its message cost is paid already."""
        if cost <= 1 or chat[0] not in self._paces:
            return
        now = self._clock.now()
        person = self._bucket(("person", chat[0], sender), A_PERSON, now)
        room = self._bucket(("chat", *chat), self._of_chat(*chat), now)
        for bucket in (person, room):
            bucket.take(now, cost - 1)
        until = (person if private else room).ready_at(now)
        if until > now:
            self._resting[chat] = until

    def rests(self, chat: Chat) -> bool:
        """Whether a chat's next request has to wait for what was done there."""
        until = self._resting.get(chat)
        if until is None or until > self._clock.now():
            return until is not None
        del self._resting[chat]
        return False

    async def _recognise(self, platform: str, senders: set[str]) -> None:
        """Note which of these accounts are members'; others may have been linked by now."""
        unknown = sorted(each for each in senders if each and (platform, each) not in self._members)
        if not unknown:
            return
        marks = ", ".join("?" * len(unknown))
        rows = await self._database.fetch(
            f'SELECT "user" FROM chat_identity WHERE platform = ? AND "user" IN ({marks})',  # noqa: S608 # marks
            platform,
            *unknown,
        )
        for row in rows:
            self._members[platform, row["user"]] = None
        while len(self._members) > _MOST_REMEMBERED:
            self._members.popitem(last=False)

    def _of(self, platform: str, arrival: Arrival, now: datetime) -> list[Bucket]:
        """What an arrival takes from. What names no sender is the service's own, such as a chat's new id."""
        if not arrival.sender:
            return []
        found = []
        if (platform, arrival.sender) not in self._members:
            # First: of a crowd that is not let in, nobody is remembered.
            strangers = self._bucket(("strangers", platform, ""), ALL_STRANGERS, now)
            if strangers.ready_at(now) > now:
                return [strangers]
            found.append(strangers)
        found.append(self._bucket(("person", platform, arrival.sender), A_PERSON, now))
        chat = (platform, arrival.address)
        found.append(self._bucket(("chat", *chat), self._of_chat(*chat), now))
        return found

    def _of_chat(self, platform: str, address: str) -> Rate:
        """For long as much as can be answered: what waits to be said would pile up else."""
        pace = self._paces[platform]
        if pace.is_room(address) and pace.room is not None:
            return Rate(pace.room.every, _AT_ONCE_IN_A_ROOM)
        return Rate((pace.chat or A_PERSON).every, A_PERSON.burst)

    def _is_to_be_told(self, platform: str, sender: str, now: datetime) -> bool:
        """Whether somebody is told now; a stranger is not: they were told how to get in."""
        account = (platform, sender)
        last = self._told.get(account)
        if account not in self._members or (last is not None and now - last < _TOLD_EVERY):
            return False
        self._told[account] = now
        self._told.move_to_end(account)
        if len(self._told) > _MOST_REMEMBERED:
            self._told.popitem(last=False)
        return True

    def _bucket(self, key: _Key, rate: Rate, now: datetime) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket
