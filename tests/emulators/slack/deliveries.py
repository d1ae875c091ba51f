"""What Slack sends to the app, until it is acknowledged, refused to the person, or given up.

Events are tried again (docs.slack.dev/apis/events-api); commands and presses are not: the person
reads an error (slackapi/bolt-python#951 dispatch_failed, Netflix/dispatch#2848 operation_timeout).
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .bell import Bell
from .problems import Json

EnvelopeType = Literal["events_api", "slash_commands", "interactive"]
Refuse = Callable[["Delivery", str], None]


@dataclass(slots=True)
class Delivery:
    """One thing to tell the app; ``id`` is the event id, or the trigger id of a command or press.

    ``attempts`` counts tries, ``acked`` is the clock at the first acknowledgement in time, and
    ``error`` is what the person was shown instead. ``gave_up`` is set on events only. ``answered``
    is given what came with that acknowledgement.
    """

    id: str
    type: EnvelopeType
    payload: Json
    user: str | None = None
    channel: str | None = None
    accepts_response_payload: bool = False
    attempts: int = 0
    acked: float | None = None
    error: str | None = None
    gave_up: bool = False
    envelopes: list[str] = field(default_factory=list)
    answered: Callable[[Json | None], None] | None = field(default=None, repr=False)

    @property
    def settled(self) -> bool:
        """True once nothing more will be sent."""
        return self.acked is not None or self.error is not None or self.gave_up


class Carrier(Protocol):
    """A road to the app: Socket Mode here; an HTTP carrier has the same face.

    ``carry`` returns True when the app has acknowledged in time, and None when no road is open.
    """

    def carry(self, delivery: Delivery, envelope: Json) -> Awaitable[bool | None]:
        """Take one envelope to the app and wait for its acknowledgement."""


class Deliveries:
    """Sends, retries and gives up, each delivery in a task of its own."""

    def __init__(self, carrier: Carrier, bell: Bell, retry_delays: Sequence[float], refuse: Refuse) -> None:
        self._carrier = carrier
        self._bell = bell
        self._retry_delays = retry_delays
        self._refuse = refuse
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: dict[str, Delivery] = {}

    @property
    def under_way(self) -> int:
        """How many deliveries and duplicates are not at their end yet."""
        return len(self._tasks)

    def goes_by(self, carrier: Carrier) -> None:
        """Take another road from now on."""
        self._carrier = carrier

    def send(self, delivery: Delivery) -> Delivery:
        """Start to deliver; returns at once."""
        self.all[delivery.id] = delivery
        self._start(self._deliver(delivery))
        return delivery

    def send_again(self, delivery: Delivery, *, retry_attempt: int) -> None:
        """Send a duplicate, whatever has become of the first.

        Slack does so when an acknowledgement crosses its timeout (slackapi/bolt-js#2487).
        """
        self._start(self._duplicate(delivery, retry_attempt))

    async def stop(self) -> None:
        """Drop whatever is still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._bell.ring()

    async def _deliver(self, delivery: Delivery) -> None:
        outcome = await self._attempt(delivery, 0)
        if outcome is not True and delivery.type != "events_api":
            delivery.error = "dispatch_failed" if outcome is None else "operation_timeout"
            self._refuse(delivery, delivery.error)
        elif outcome is not True:
            await self._retry(delivery)

    async def _retry(self, delivery: Delivery) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await asyncio.sleep(delay)
            if await self._attempt(delivery, number) is True:
                return
        delivery.gave_up = True

    async def _attempt(self, delivery: Delivery, number: int) -> bool | None:
        delivery.attempts += 1
        return await self._carrier.carry(delivery, envelope_of(delivery, number))

    async def _duplicate(self, delivery: Delivery, retry_attempt: int) -> None:
        await self._carrier.carry(delivery, envelope_of(delivery, retry_attempt))


def envelope_of(delivery: Delivery, retry_attempt: int) -> Json:
    """Return a fresh envelope: each try has an id of its own.

    Shape: slackapi/java-slack-sdk EnvelopeTest; ``timeout`` is the one reason seen in Socket Mode
    (slackapi/python-slack-events-api#93).
    """
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "payload": delivery.payload,
        "type": delivery.type,
        "accepts_response_payload": delivery.accepts_response_payload,
    }
    if delivery.type == "events_api":
        envelope["retry_attempt"] = retry_attempt
        envelope["retry_reason"] = "timeout" if retry_attempt else ""
    return envelope
