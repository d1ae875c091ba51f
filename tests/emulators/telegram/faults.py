"""Faults on order: what goes wrong between Telegram and the bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

Drop = Literal["before", "after"]


@dataclass(kw_only=True)
class Fault:
    """One ordered fault, and how often it has struck. See ``TelegramEmulator.fault``."""

    method: str  # lower case; empty: every method
    chat_id: int | None  # None: every chat
    times: int | None  # None: until lifted
    until: float | None  # by the emulator's clock; None: no end
    status: int | None
    error: str | None
    body: bytes | None
    retry_after: object  # None: no such parameter
    delay: float  # seconds
    drop: Drop | None
    effect: bool
    hits: int = 0

    def lift(self) -> None:
        """Let everything go well again."""
        self.times = self.hits

    def strikes(self, method: str, chat_id: str, now: float) -> bool:
        return (
            self.method in ("", method)
            and (self.chat_id is None or str(self.chat_id) == chat_id)
            and (self.times is None or self.hits < self.times)
            and (self.until is None or now < self.until)
        )

    @property
    def prevents(self) -> bool:
        """Whether the request is lost on its way, so that nothing happens."""
        return self.drop == "before" or (self.spoils and not self.effect)

    @property
    def spoils(self) -> bool:
        """Whether the answer is another one than the method's own."""
        return (self.status, self.error, self.body, self.retry_after) != (None, None, None, None)

    def answer(self) -> tuple[int, bytes | dict[str, Any]]:
        """Return the status and the body that the bot gets instead."""
        if self.body is not None:
            return self.status or 200, self.body
        status = self.status or (400 if self.retry_after is None else 429)
        words = HTTPStatus(status).phrase if self.error is None else self.error
        answer: dict[str, Any] = {"ok": False, "error_code": status, "description": words}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return status, answer


class Faults:
    """The faults on order, oldest first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> Fault:
        self._ordered.append(fault)
        return fault

    def take(self, method: str, chat_id: str) -> Fault | None:
        """Return the fault that strikes this request, and count it."""
        now = self._clock()
        for fault in self._ordered:
            if fault.strikes(method, chat_id, now):
                fault.hits += 1
                return fault
        return None
