"""People on the emulated Telegram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from tests.emulators.telegram import Sent, Shown, TelegramEmulator
from tests.kill.wire.siege import Said


class TelegramPeople:
    """See tests.kill.wire.siege.People."""

    platform = "telegram"

    def __init__(self, telegram: TelegramEmulator, count: int) -> None:
        self._telegram = telegram
        self._people = [telegram.user(first_name=f"Seat {number}") for number in range(count)]
        self._said: list[Said] = []
        self._shown: dict[str, str] = {}  # by message
        self._looked_at = 0

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "PARLEY_TELEGRAM__TOKEN": self._telegram.token,
            "PARLEY_TELEGRAM__API_URL": self._telegram.url,
            "PARLEY_TELEGRAM__RATE_LIMITS": "false",
        }

    def joins(self, seat: int, code: str) -> str:
        return self.says(seat, f"/start {code}")

    def says(self, seat: int, text: str) -> str:
        return str(self._people[seat].says(text))

    def presses(self, seat: int, said: Said, label: str) -> str:
        message = int(said.message.rpartition(":")[2])
        return str(self._people[seat].presses(message, label))

    def refused(self) -> Set[str]:
        return frozenset()  # Telegram keeps a press until it is fetched

    def redeliver(self, key: str) -> None:
        self._telegram.redeliver(int(key))

    def said(self) -> Sequence[Said]:
        self._look()
        return self._said

    def shown(self, said: Said) -> str:
        self._look()
        return self._shown[said.message]

    def _look(self) -> None:
        fresh = self._telegram.ledger[self._looked_at :]
        self._looked_at += len(fresh)
        for record in fresh:
            if isinstance(record, Shown):
                message = f"{record.chat_id}:{record.message_id}"
                self._shown[message] = record.text
                if isinstance(record, Sent):
                    self._said.append(Said(message, record.text))
