"""Faults on order: what goes wrong between Slack and the app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Drop = Literal["before", "after"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """One ordered fault; ``hits`` counts how often it has struck. See ``SlackEmulator.fault``."""

    method: str | None = None  # None: every method
    channel: str | None = None  # None: every conversation
    times: int | None = 1  # None: until lifted
    until: float | None = None  # by the emulator's clock; None: no end
    delay: float = 0.0  # seconds
    status: int | None = None
    body: str | None = None
    error: str | None = None
    retry_after: str | None = None
    drop: Drop | None = None
    effect: bool = False
    hits: int = 0

    def lift(self) -> None:
        """Let everything go well again."""
        self.times = self.hits

    def strikes(self, method: str, channel: str | None, now: float) -> bool:
        """Tell whether it strikes this call."""
        return (
            self.method in {None, method}
            and self.channel in {None, channel}
            and (self.times is None or self.hits < self.times)
            and (self.until is None or now < self.until)
        )

    @property
    def prevents(self) -> bool:
        """Whether the call is lost on its way, so that nothing happens."""
        return self.drop == "before" or (self.spoils and not self.effect)

    @property
    def spoils(self) -> bool:
        """Whether the answer is another one than Slack's own."""
        given = (self.status, self.body, self.error, self.retry_after)
        return any(value is not None for value in given)


class Faults:
    """The faults on order, oldest first; a call meets the first that strikes it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        self._ordered.append(fault)
        return fault

    def take(self, method: str, channel: str | None) -> Fault | None:
        """Return the fault that strikes this call, and count it."""
        for fault in self._ordered:
            if fault.strikes(method, channel, self._clock()):
                fault.hits += 1
                return fault
        return None
