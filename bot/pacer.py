"""Pacer: what each service was given lately, and when the next message may go.

It is kept in memory, by each process for itself: several processes together may be told to slow down
(429), and then do exactly as they are told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pace import Pace, Rate
from models.messaging.outbox import Outgoing
from models.notification import Priority

# Of what may go to all chats at once, so much is kept for answers that somebody waits for.
_KEPT_FOR_ANSWERS = 2
# Chats and messages whose last seconds are remembered: of more than a minute at the fastest pace.
_MOST_REMEMBERED = 10_000
# So many different chats refused one after the other, and none taken in between: it is the whole service.
# A room that has a limit of its own (Telegram: 20 a minute in a group) says nothing of the service.
_CHATS_OF_A_SERVICE = 3
_ALMOST_A_TOKEN = 1 - 1e-6  # a timedelta ends at microseconds: the last of a token would never be there


@dataclass(frozen=True, slots=True)
class Going:
    """What of an outbox row decides when it may go; ``edits`` is the reference of what it changes."""

    platform: str
    address: str
    priority: int
    edits: str | None

    @property
    def chat(self) -> tuple[str, str] | None:
        """The chat that it is a new message in; None for a change."""
        return (self.platform, self.address) if self.edits is None else None

    @classmethod
    def of(cls, row: Outgoing) -> Going:
        """A row's."""
        return cls(row.platform, row.address, row.priority, row.edits_ref)


class Bucket:
    """The tokens of one :class:`Rate`: ``burst`` at the beginning, one more after each ``every``."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate, now: datetime) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at = now

    def ready_at(self, now: datetime, kept: int = 0) -> datetime:
        """When one more may go, of which ``kept`` are left for others; ``now``: at once."""
        self._fill(now)
        missing = min(kept, self._rate.burst - 1) + _ALMOST_A_TOKEN - self._tokens
        return now + missing * self._rate.every if missing > 0 else now

    def take(self, now: datetime, count: float = 1) -> None:
        """Count what goes now; there may be fewer tokens than that, and then none for longer."""
        self._fill(now)
        self._tokens -= count

    def _fill(self, now: datetime) -> None:
        # A clock that was put back gives nothing and takes nothing.
        passed = max(now - self._at, timedelta())
        self._tokens = min(float(self._rate.burst), self._tokens + passed / self._rate.every)
        self._at = now


class Rest:
    """A while in which nothing goes. Where the clock is put back it gets no longer than it was."""

    __slots__ = ("_longest", "_until")

    def __init__(self, now: datetime, until: datetime) -> None:
        self._until = until
        self._longest = until - now

    def ends_at(self, now: datetime) -> datetime:
        """When it is over; that may have passed."""
        self._until = min(self._until, now + self._longest)
        return self._until


class Pacer:
    """The books of every service that has a pace; one without is never waited for, unless it says so."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._buckets: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()
        self._resting: dict[tuple[str, str], Rest] = {}  # chats that nothing may go to
        self._all_rest: dict[str, Rest] = {}  # services
        # By service the chats that were refused last, one after the other, and for how long each.
        self._refused: dict[str, dict[str, timedelta]] = {}

    def ready_at(self, going: Going, now: datetime) -> datetime:
        """When it may go, as far as its service's limits are concerned; ``now``: at once."""
        kept = 0 if going.priority <= Priority.INTERACTIVE else _KEPT_FOR_ANSWERS
        rests = self._resting.get((going.platform, going.address)), self._all_rest.get(going.platform)
        at = max([now, *(rest.ends_at(now) for rest in rests if rest is not None)])
        for key, rate in self._rates_of(going):
            for_all = not key[2]
            at = max(at, self._bucket(key, rate, now).ready_at(now, kept if for_all else 0))
        return at

    def take(self, going: Going, now: datetime, count: int = 1) -> None:
        """It goes out now, in so many messages."""
        for key, rate in self._rates_of(going):
            bucket = self._bucket(key, rate, now)
            bucket.take(now, count)
            if key[2] and going.edits is None:
                self._rest(going, now, bucket.ready_at(now))

    def refused(self, going: Going, now: datetime, until: datetime) -> None:
        """The service took nothing for now (429): this chat waits until then, and no other.

        What Telegram and Slack answer does not say whose limit it was. Where chat after chat is refused
        and none is taken in between, it is the whole service's: then all wait, as long as the shortest of
        them was told to, since more than that may be a chat's own. What goes first after that finds out.
        """
        self._rest(going, now, until)
        pace = self._paces.get(going.platform)
        if pace is not None and pace.room is not None and pace.is_room(going.address):
            return
        chats = self._refused.setdefault(going.platform, {})
        chats.pop(going.address, None)
        chats[going.address] = until - now
        if len(chats) > _CHATS_OF_A_SERVICE:
            del chats[next(iter(chats))]
        if len(chats) == _CHATS_OF_A_SERVICE:
            self._all_rest[going.platform] = Rest(now, now + min(chats.values()))

    def taken(self, going: Going) -> None:
        """The service took it: it does not refuse everything."""
        self._refused.pop(going.platform, None)
        self._all_rest.pop(going.platform, None)

    def resting(self, platform: str, now: datetime) -> list[str]:
        """The addresses to which nothing may go yet."""
        for chat in [chat for chat, rest in self._resting.items() if rest.ends_at(now) <= now]:
            del self._resting[chat]
        return [address for name, address in self._resting if name == platform]

    def next_end(self, now: datetime) -> datetime | None:
        """When the first chat that rests may be written to again; None where none rests."""
        ends = (rest.ends_at(now) for rest in self._resting.values())
        return min((end for end in ends if end > now), default=None)

    def _rest(self, going: Going, now: datetime, until: datetime) -> None:
        chat = (going.platform, going.address)
        known = self._resting.get(chat)
        self._resting[chat] = Rest(now, until if known is None else max(until, known.ends_at(now)))

    def _rates_of(self, going: Going) -> Iterator[tuple[tuple[str, str, str], Rate]]:
        """What counts it, by service, kind and what is counted together: everything, where that is empty."""
        pace, service = self._paces.get(going.platform), going.platform
        if pace is None:
            return
        found: tuple[tuple[str, str, Rate | None], ...]
        if going.edits is not None:
            found = ("edits", "", pace.edits), ("edit", going.edits, pace.edit)
        else:
            chat = pace.counted_as(going.address)
            room = pace.room if pace.is_room(going.address) else None
            found = ("overall", "", pace.overall), ("chat", chat, pace.chat), ("room", chat, room)
        for kind, together, rate in found:
            if rate is not None:
                yield (service, kind, together), rate

    def _bucket(self, key: tuple[str, str, str], rate: Rate, now: datetime) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket
