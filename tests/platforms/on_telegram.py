"""Telegram's stage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.app import App
from bot.config import Config, Database, Telegram
from tests.emulators.telegram import Answered, Edited, Sent, TelegramEmulator, User
from tests.emulators.telegram import Button as Inline
from tests.emulators.telegram import Shown as Native
from tests.emulators.telegram.groups import Group
from tests.platforms import stage as stages
from tests.platforms.screen import Key, Shown
from tests.platforms.stage import Actor, Service


class Member(Actor):
    """A person in a private chat with the bot."""

    def __init__(self, stage: OnTelegram, user: User, name: str) -> None:
        super().__init__(stage, name)
        self.user = user
        self._telegram = stage.telegram
        self._looked_at = 0
        self._last = 0

    @property
    def address(self) -> str:
        return str(self.user.id)

    def type(self, line: str) -> None:
        self._last = self.user.says(line)

    def press(self, shown: Shown, press: str) -> None:
        native = shown.native
        assert isinstance(native, Native)
        forged = Native(
            chat_id=native.chat_id,
            message_id=native.message_id,
            text=native.text,
            html=native.html,
            buttons=((Inline("forged", press),),),
            at=native.at,
            link_preview=False,
        )
        self._last = self.user.presses(forged, press)

    def redeliver(self) -> None:
        self._telegram.redeliver(self._last)

    def new(self) -> list[Shown]:
        ledger = self._telegram.ledger
        records, self._looked_at = ledger[self._looked_at :], len(ledger)
        return [shown for record in records if (shown := self._read(record))]

    def _read(self, record: object) -> Shown | None:
        if isinstance(record, Answered) and record.chat_id == self.user.id and record.text:
            return Shown("", record.text)
        if isinstance(record, Sent | Edited) and record.chat_id == self.user.id:
            assert not record.link_preview
            # Those that only copy a number or an address press nothing: other platforms have none.
            buttons = [each for row in record.buttons for each in row if each.data]
            keys = tuple(Key(each.text, str(each.data)) for each in buttons)
            edited = isinstance(record, Edited)
            return Shown(str(record.message_id), record.text, keys, edited, record)
        return None


class TelegramGroup(stages.Group):
    """A group."""

    def __init__(self, group: Group) -> None:
        self._group = group

    def type(self, actor: Actor, line: str) -> None:
        assert isinstance(actor, Member)
        actor.user.says(f"/{line}", group=self._group)

    def reads(self) -> list[str]:
        return self._group.sees()


class OnTelegram(Service):
    """One bot and its people."""

    name = "telegram"
    opening = "/start"

    def __init__(self, url: str, at: datetime, telegram: TelegramEmulator) -> None:
        super().__init__(url, at)
        self.telegram = telegram

    def new_app(self) -> App:
        settings = Telegram(token=self.telegram.token, api_url=self.telegram.url)
        config = Config(database=Database(url=self.url), telegram=settings)
        return App(config, clock=self.clock, live=True)

    def newcomer(self, name: str, language: str = "en") -> Member:
        user = self.telegram.user(first_name=name.capitalize(), language_code=language)
        return Member(self, user, name)

    async def connected(self) -> None:
        """The first poll takes what was said meanwhile."""

    async def heard(self) -> None:
        await self.telegram.until(lambda: not self.telegram.pending)

    def garbles(self) -> None:
        self.telegram.raw({"message": {"message_id": "seven", "chat": {"id": 7, "type": "private"}}})

    def complaints(self) -> list[str]:
        # 403: who blocked the bot; 409: a poll that was under way when its process was stopped.
        return [call.description for call in self.telegram.refused if call.status not in (403, 409)]

    def group(self, *actors: Actor) -> TelegramGroup:
        return TelegramGroup(self.telegram.group("Sales"))

    def loses_the_answer(self, actor: Actor) -> None:
        self.telegram.fault("sendMessage", chat_id=int(actor.address), drop="after")

    def loses_the_message(self, actor: Actor) -> None:
        self.telegram.fault("sendMessage", chat_id=int(actor.address), status=502)

    def throttles(self, actor: Actor, seconds: int) -> None:
        self.telegram.fault("sendMessage", chat_id=int(actor.address), retry_after=seconds)

    def loses_the_edit(self, actor: Actor) -> None:
        self.telegram.fault(
            "editMessageText",
            chat_id=int(actor.address),
            status=400,
            error="Bad Request: message to edit not found",
        )

    def shuts_out(self, actor: Actor) -> None:
        assert isinstance(actor, Member)
        actor.user.blocks()


@asynccontextmanager
async def on_telegram(url: str, at: datetime) -> AsyncIterator[OnTelegram]:
    """Telegram's limits on the pace are another test's question."""
    stage: OnTelegram
    async with TelegramEmulator(flood_limits=False, clock=lambda: stage.clock.now().timestamp()) as telegram:
        stage = OnTelegram(url, at, telegram)
        async with stage.opened():
            yield stage
