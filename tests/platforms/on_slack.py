"""Slack's stage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from bot.app import App
from bot.config import Config, Database, Slack
from tests.emulators.slack import Button, Channel, Entry, Person, SlackEmulator
from tests.platforms import stage as stages
from tests.platforms.screen import Key, Shown
from tests.platforms.stage import Actor, Service

_SAID = {"posted", "updated", "ephemeral"}


class Member(Actor):
    """A person in the direct message with Parley."""

    def __init__(self, stage: OnSlack, person: Person) -> None:
        super().__init__(stage, person.name)
        self.person = person
        self._slack = stage.slack
        self._looked_at = 0
        self._last = ""

    @property
    def address(self) -> str:
        return self.person.dm.id

    def type(self, line: str) -> None:
        self._last = self.person.says(line)

    def press(self, shown: Shown, press: str) -> None:
        entry = shown.native
        assert isinstance(entry, Entry)
        there = [button for button in entry.buttons if button.value == press]
        if there:
            self.person.presses(entry, press)
        else:
            self.person.presses(_tampered(self.person, entry, press), press)

    def redeliver(self) -> None:
        self._slack.redeliver(self._last)

    def new(self) -> list[Shown]:
        ledger = self._slack.ledger
        entries, self._looked_at = ledger[self._looked_at :], len(ledger)
        return [self._read(entry) for entry in entries if self._reads(entry)]

    def _reads(self, entry: Entry) -> bool:
        return (
            entry.kind in _SAID and entry.channel == self.person.dm.id and entry.to in {None, self.person.id}
        )

    def _read(self, entry: Entry) -> Shown:
        words = [block for block in entry.blocks if block["type"] != "actions"]
        keys = tuple(Key(button.label, button.value or "") for button in entry.buttons)
        text = self._slack.read("" if entry.blocks else entry.text, words)
        return Shown(entry.ts, text, keys, entry.kind == "updated", entry)


class SlackChannel(stages.Group):
    """A public channel."""

    def __init__(self, slack: SlackEmulator, channel: Channel) -> None:
        self._slack = slack
        self._channel = channel

    def type(self, actor: Actor, line: str) -> None:
        assert isinstance(actor, Member)
        actor.person.mentions(line, self._channel)

    def reads(self) -> list[str]:
        entries = [entry for entry in self._slack.ledger if entry.channel == self._channel.id]
        return [
            self._slack.read("" if entry.blocks else entry.text, entry.blocks)
            for entry in entries
            if entry.kind in _SAID and entry.to is None
        ]


def _tampered(person: Person, entry: Entry, press: str) -> Entry:
    """A message as a tampered client shows it: its first button sends something else."""
    [*_, shown] = [each for each in person.shows() if each.ts == entry.ts]
    button: Button = shown.buttons[0]
    element = {**button.element, "value": press}
    block = {"type": "actions", "block_id": button.block_id, "elements": [element]}
    return replace(entry, blocks=(block,))


class OnSlack(Service):
    """A workspace, reached by Socket Mode."""

    name = "slack"

    def __init__(self, url: str, at: datetime, slack: SlackEmulator) -> None:
        super().__init__(url, at)
        self.slack = slack

    def new_app(self) -> App:
        slack = self.slack
        settings = Slack(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)
        config = Config(database=Database(url=self.url), slack=settings)
        return App(config, clock=self.clock, live=True)

    def newcomer(self, name: str, language: str = "en") -> Member:
        locale = {"en": "en-US", "fr": "fr-FR"}[language]
        return Member(self, self.slack.user(name.capitalize(), locale=locale))

    async def connected(self) -> None:
        await self.slack.connected()

    async def heard(self) -> None:
        await self.slack.settled()

    def garbles(self) -> None:
        dm = self.slack.user("Nobody").dm
        event = {"type": "message", "channel": dm.id, "channel_type": "im", "ts": "9.1", "user": 7}
        self.slack.event(event, dm)

    def complaints(self) -> list[str]:
        return [*self.slack.pings, *self.slack.oddities]

    def group(self, *actors: Actor) -> SlackChannel:
        people = [actor.person for actor in actors if isinstance(actor, Member)]
        return SlackChannel(self.slack, self.slack.channel("sales", people))

    def loses_the_answer(self, actor: Actor) -> None:
        self.slack.fault("chat.postMessage", channel=actor.address, drop="after", effect=True)

    def loses_the_message(self, actor: Actor) -> None:
        self.slack.fault("chat.postMessage", channel=actor.address, status=503)

    def throttles(self, actor: Actor, seconds: int) -> None:
        self.slack.fault("chat.postMessage", channel=actor.address, retry_after=seconds)

    def loses_the_edit(self, actor: Actor) -> None:
        self.slack.fault("chat.update", channel=actor.address, error="message_not_found")

    def shuts_out(self, actor: Actor) -> None:
        assert isinstance(actor, Member)
        self.slack.archive(actor.person.dm)


@asynccontextmanager
async def on_slack(url: str, at: datetime) -> AsyncIterator[OnSlack]:
    """Slack's limits on the pace are another test's question."""
    stage: OnSlack
    async with SlackEmulator(
        rate_limits=False,
        ack_seconds=2.0,
        retry_delays=(0.05, 0.05, 0.05),
        clock=lambda: stage.clock.now().timestamp(),
    ) as slack:
        stage = OnSlack(url, at, slack)
        async with stage.opened():
            yield stage
