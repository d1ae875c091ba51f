"""People on the emulated Slack, each in the direct message with the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.deliveries import Delivery
from tests.kill.wire.siege import Said


class SlackPeople:
    """See tests.kill.wire.siege.People. A press that was not acknowledged has failed: Slack says so."""

    platform = "slack"

    def __init__(self, slack: SlackEmulator, count: int) -> None:
        self._slack = slack
        self._people = [slack.user(f"Seat {number}") for number in range(count)]
        self._said: list[Said] = []
        self._shown: dict[str, str] = {}  # by message
        self._presses: dict[str, Delivery] = {}  # by key
        self._looked_at = 0

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "PARLEY_SLACK__BOT_TOKEN": self._slack.bot_token,
            "PARLEY_SLACK__APP_TOKEN": self._slack.app_token,
            "PARLEY_SLACK__API_URL": self._slack.api_url,
            "PARLEY_SLACK__RATE_LIMITS": "false",
        }

    def joins(self, seat: int, code: str) -> str:
        return self.says(seat, f"link {code}")

    def says(self, seat: int, text: str) -> str:
        person = self._people[seat]
        return f"{person.dm.id}:{person.says(text)}"

    def presses(self, seat: int, said: Said, label: str) -> str:
        pressed = self._people[seat].presses(said.message.rpartition(":")[2], label)
        self._presses[pressed.id] = pressed
        return pressed.id

    def refused(self) -> Set[str]:
        return {key for key, pressed in self._presses.items() if pressed.error}

    def redeliver(self, key: str) -> None:
        self._slack.redeliver(key.rpartition(":")[2])

    def said(self) -> Sequence[Said]:
        self._look()
        return self._said

    def shown(self, said: Said) -> str:
        self._look()
        return self._shown[said.message]

    def _look(self) -> None:
        fresh = self._slack.ledger[self._looked_at :]
        self._looked_at += len(fresh)
        for entry in fresh:
            if entry.kind in {"posted", "updated"}:
                message = f"{entry.channel}:{entry.ts}"
                self._shown[message] = entry.text
                if entry.kind == "posted":
                    self._said.append(Said(message, entry.text))
