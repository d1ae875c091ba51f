"""The queue of updates, and the one poller that empties it. docs #getting-updates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from telegram.constants import UpdateType

from .limits import (
    FIRST_UPDATE_ID,
    FURTHEST_OFFSET_AHEAD,
    UPDATE_KEPT_FOR,
)
from .refusals import OTHER_POLLER, Refusal, Refused

KINDS = frozenset(str(kind) for kind in UpdateType)
# docs #getupdates on allowed_updates says that an empty list means all but these.
DEFAULT_KINDS = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True)
class Waiting:
    """An update that no poll has confirmed yet, ready for the wire."""

    update_id: int
    body: bytes
    since: float


class UpdateQueue:
    """Updates in order, forgotten only when a poll asks for what lies behind them."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        self._clock, self._changed = clock, changed
        self._waiting: list[Waiting] = []
        self._repeats: list[Waiting] = []
        self._bodies: dict[int, bytes] = {}
        self._last_id = FIRST_UPDATE_ID - 1
        self._poll: asyncio.Future[None] | None = None
        self.kinds = DEFAULT_KINDS

    @property
    def next_id(self) -> int:
        return self._last_id + 1

    @next_id.setter
    def next_id(self, update_id: int) -> None:
        """docs #update: after a week without updates the next id is chosen at random."""
        self._last_id = update_id - 1

    @property
    def pending(self) -> tuple[int, ...]:
        """The ids of the unconfirmed updates, oldest first."""
        self._drop_expired()
        return tuple(update.update_id for update in self._waiting)

    def add(self, kind: str, content: Mapping[str, Any]) -> int:
        """Queue an update and return its id; 0 when the bot did not allow this kind."""
        if kind not in self.kinds:
            return 0
        return self.add_raw({kind: content})

    def add_raw(self, update: Mapping[str, Any] | bytes) -> int:
        """Queue anything and return its id; a mapping that lacks ``update_id`` is given one."""
        self._last_id += 1
        if not isinstance(update, bytes):
            update = json.dumps({"update_id": self._last_id, **update}).encode()
        self._bodies[self._last_id] = update
        self._waiting.append(Waiting(self._last_id, update, self._clock()))
        self._wake()
        return self._last_id

    def repeat(self, update_id: int) -> None:
        """Deliver a known update once more, whatever was confirmed, but not ahead of those before it."""
        self._repeats.append(Waiting(update_id, self._bodies[update_id], self._clock()))
        self._wake()

    def clear(self) -> None:
        """docs #deletewebhook, drop_pending_updates."""
        self._waiting.clear()
        self._changed()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[bytes]:
        """Confirm what lies before ``offset``; return up to ``limit`` updates, waiting for one.

        Raises Refused (409) as soon as another poll starts to wait or a webhook is set.
        """
        self._confirm(offset)
        if seconds <= 0 or self._waiting or self._repeats:
            return self._take(limit)
        self.end_poll(OTHER_POLLER)
        self._poll = poll = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poll, seconds)
        except TimeoutError:
            return []
        finally:
            if self._poll is poll:
                self._poll = None
        return self._take(limit)

    def first(self) -> Waiting | None:
        """What a webhook gets next."""
        self._drop_expired()
        return next(iter([*self._repeats, *self._waiting]), None)

    def taken(self, update: Waiting) -> None:
        """A webhook answered that it has this one."""
        self._repeats = [one for one in self._repeats if one is not update]
        self._keep([one for one in self._waiting if one is not update])
        self._changed()

    def end_poll(self, refusal: Refusal) -> None:
        """Answer the waiting poll, if there is one, with ``refusal``."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(Refused(refusal))

    def _wake(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(None)
        self._changed()

    def _take(self, limit: int) -> list[bytes]:
        self._drop_expired()
        # An answer holds the lowest ids there are. One that overtook others would make every bot lose
        # them: its next offset lies behind the highest id that it has seen.
        first = self._waiting[0].update_id if self._waiting else self._last_id
        repeats = [update for update in self._repeats if update.update_id <= first][:limit]
        self._repeats = [update for update in self._repeats if update not in repeats]
        return [update.body for update in [*repeats, *self._waiting[: limit - len(repeats)]]]

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # docs #getupdates, offset: all before the last -offset are forgotten
            self._keep(self._waiting[offset:])
        elif offset <= self._last_id + FURTHEST_OFFSET_AHEAD:
            self._keep(update for update in self._waiting if update.update_id >= offset)

    def _drop_expired(self) -> None:
        oldest = self._clock() - UPDATE_KEPT_FOR
        self._keep(update for update in self._waiting if update.since >= oldest)

    def _keep(self, updates: Iterable[Waiting]) -> None:
        kept = list(updates)
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._changed()
