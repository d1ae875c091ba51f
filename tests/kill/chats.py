"""One person at a chat of either service, as the kill tests need it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby
from typing import Any, Protocol

from bot import demo
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import Edited, Sent, TelegramEmulator
from tests.kill.paths import Service, Step
from tests.kill.seeded import NAME

_WITHIN = 20  # seconds, on a machine that has much else to do
# What a process's death brings about, and no fault: an edit is repeated, which shows nothing new, and
# the poll of the dead one is still there when its heir begins.
_NO_FAULTS = ("message is not modified", "terminated by other getUpdates request")
_NOT_EMULATED = "unknown_method"
_SHOWN = ("posted", "updated", "ephemeral")


class _Person(Protocol):
    """What the people of both emulators can do."""

    def says(self, text: str) -> object: ...

    def presses(self, message: Any, button: str) -> object: ...

    async def waits_for(self, wanted: str, within: float) -> object: ...


class Chat:
    """``settings`` are the variables with which Parley comes to this service.

    ``shown`` gives every text that it has sent or edited, oldest first; ``listening`` waits until a
    process that was just started can be spoken to.
    """

    def __init__(
        self,
        person: _Person,
        settings: Mapping[str, str],
        shown: Callable[[], list[str]],
        listening: Callable[[], Awaitable[None]],
    ) -> None:
        self._person = person
        self._last: object = None
        self.settings = settings
        self.shown = shown
        self.listening = listening

    def begins(self, step: Step) -> None:
        """Type or press, and wait for nothing."""
        if step.pressed:
            self._person.presses(self._last, step.text)
        else:
            self._person.says(step.text)

    async def sees(self, words: str) -> None:
        """Wait for an answer with these words, or a push."""
        self._last = await self._person.waits_for(words, _WITHIN)

    async def takes(self, step: Step) -> None:
        """Type or press, and wait for the answer."""
        self.begins(step)
        await self.sees(step.sees)


@asynccontextmanager
async def chat_on(service: Service) -> AsyncIterator[Chat]:
    """A service whose clock stands at ``demo.NOW``, and somebody there."""
    async with _telegram() if service == "telegram" else _slack() as chat:
        yield chat


def telegram_emulator() -> TelegramEmulator:
    """A Telegram whose clock stands at ``demo.NOW``."""
    return TelegramEmulator(flood_limits=False, clock=demo.NOW.timestamp)


def telegram_chat(telegram: TelegramEmulator) -> Chat:
    """Marc at his telephone."""

    def shown() -> list[str]:
        return [record.text for record in telegram.ledger if isinstance(record, Sent | Edited)]

    async def listening() -> None:
        """Telegram keeps what is said for whoever asks."""

    settings = {
        "PARLEY_TELEGRAM__TOKEN": telegram.token,
        "PARLEY_TELEGRAM__API_URL": telegram.url,
        # By a clock that stands still, a pace would never be over.
        "PARLEY_TELEGRAM__RATE_LIMITS": "false",
    }
    return Chat(telegram.user(first_name=NAME), settings, shown, listening)


@asynccontextmanager
async def _telegram() -> AsyncIterator[Chat]:
    async with telegram_emulator() as telegram:
        yield telegram_chat(telegram)
        refused = {call.description for call in telegram.refused}
        assert not {words for words in refused if not any(known in words for known in _NO_FAULTS)}


@asynccontextmanager
async def _slack() -> AsyncIterator[Chat]:
    # Slack numbers messages by microseconds from then on: none is later than Parley's own clock.
    just_before = demo.NOW - timedelta(seconds=1)
    async with SlackEmulator(rate_limits=False, clock=just_before.timestamp) as slack:

        def shown() -> list[str]:
            entries = [entry for entry in slack.ledger if entry.kind in _SHOWN]
            # An edit that is repeated shows nothing new.
            return [text for (_, text), _same in groupby(entries, lambda entry: (entry.ts, entry.text))]

        async def listening() -> None:
            """Slack tries again in a minute where nobody is connected."""
            await slack.until(lambda: slack.sockets_open > 0, _WITHIN)

        settings = {
            "PARLEY_SLACK__BOT_TOKEN": slack.bot_token,
            "PARLEY_SLACK__APP_TOKEN": slack.app_token,
            "PARLEY_SLACK__API_URL": slack.api_url,
            "PARLEY_SLACK__RATE_LIMITS": "false",
        }
        yield Chat(slack.user(NAME), settings, shown, listening)
        refused = {call.method: call.error for call in slack.refused if call.error != _NOT_EMULATED}
        assert not refused
