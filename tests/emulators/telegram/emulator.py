"""The test's side of the emulator."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from .account import Account, Webhook
from .bell import Found
from .chats import Chat, Kind
from .faults import Drop, Fault, Faults
from .flood import FloodControl
from .groups import Group
from .ledger import Call, Record
from .limits import FIRST_USER_ID
from .methods import METHODS
from .people import User
from .server import Server
from .webhook import WebhookSender

TOKEN = "7000000001:emulated-token-of-a-bot"  # opens nothing but this emulator


class TelegramEmulator:
    """A strict local Bot API server for one bot, with people who talk to it.

    It lives in the event loop that enters it; the bots may live there too or in other processes.
    All its methods are to be called from that loop's thread. ``clock`` returns seconds since the
    epoch and rules dates, expiry and flood control; long polls and delays take real time.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        flood_limits: bool = True,
        username: str = "parley_bot",
        clock: Callable[[], float] = time.time,
    ) -> None:
        bot = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Parley",
            "username": username,
        }
        self.token, self._clock = token, clock
        self._account = Account(bot, clock, FloodControl(clock) if flood_limits else None)
        self._faults = Faults(clock)
        self._server = Server(token, self._account, self._faults)
        self._webhook = WebhookSender(self._account)
        self._user_ids = itertools.count(FIRST_USER_ID)
        self._group_ids = itertools.count(4_001)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on 127.0.0.1: on a free port the first time, on the same one afterwards."""
        await self._server.start()
        self._webhook.start()

    async def stop(self) -> None:
        """Refuse connections and cut the open ones; everything else is kept for ``start``."""
        await self._webhook.stop()
        await self._server.stop()

    @property
    def url(self) -> str:
        """The API's root, ``http://127.0.0.1:PORT``; a bot's base address is this + "/bot"."""
        return f"http://127.0.0.1:{self._server.port}"

    def user(self, *, first_name: str, language_code: str = "en", username: str | None = None) -> User:
        """Return a new person, who has not written to the bot yet."""
        person: dict[str, Any] = {
            "id": next(self._user_ids),
            "is_bot": False,
            "first_name": first_name,
            "language_code": language_code,
        }
        if username:
            person["username"] = username
        return User(self._account, person)

    def group(self, title: str, *, kind: Kind = "group", has_bot: bool = True) -> Group:
        """Return a new group, supergroup or channel, with the bot in it unless it ``has_bot`` not."""
        number = next(self._group_ids)
        chat_id = -number if kind == "group" else -1_000_000_000_000 - number
        return Group(
            self._account, Chat(chat_id, standing="started" if has_bot else "left", kind=kind, title=title)
        )

    def told_botfather(self, *, join_groups: bool = True, privacy: bool = True) -> None:
        """Let the bot's owner say /setjoingroups and /setprivacy."""
        self._account.can_join_groups = join_groups
        self._account.reads_all_group_messages = not privacy

    def allow(self, kinds: Iterable[str]) -> None:
        """Let only these kinds of update be sent, as an earlier setWebhook or getUpdates said."""
        self._account.updates.kinds = frozenset(map(str, kinds))

    def forget_files(self) -> None:
        """Let every file that was ever sent be gone from the server."""
        self._account.files.forget()

    # --- what the bot did ---------------------------------------------------------------------

    @property
    def ledger(self) -> list[Record]:
        """Everything the bot did, oldest first."""
        return self._account.ledger

    @property
    def calls(self) -> list[Call]:
        """Every request, oldest first; of polls only the refused ones."""
        return self._account.calls

    @property
    def refused(self) -> list[Call]:
        """The requests that broke a rule; those that a ``fault`` spoiled are not among them."""
        return [call for call in self._account.calls if call.description]

    @property
    def polls(self) -> int:
        """How many getUpdates there were."""
        return self._server.polls

    @property
    def commands(self) -> Mapping[tuple[str, str], list[dict[str, str]]]:
        """The menus by scope (JSON) and language code."""
        return self._account.commands

    @property
    def descriptions(self) -> Mapping[tuple[str, str], str]:
        """``description`` and ``short_description`` by language code."""
        return self._account.descriptions

    @property
    def webhook(self) -> Webhook:
        """The webhook as it is set."""
        return self._account.webhook

    async def until(self, condition: Callable[[], Found], within: float = 5.0) -> Found:
        """Wait until ``condition`` is true and return what it returned.

        It is asked again after every request and act of the bot and every change of ``pending``.
        Raises TimeoutError after ``within`` seconds.
        """
        return await self._account.bell.until(condition, within)

    # --- what reaches the bot -----------------------------------------------------------------

    @property
    def pending(self) -> tuple[int, ...]:
        """The ids of the updates that no poll has confirmed, oldest first."""
        return self._account.updates.pending

    @property
    def next_update_id(self) -> int:
        """The id that the next update will have; may be set, as Telegram does after idle weeks."""
        return self._account.updates.next_id

    @next_update_id.setter
    def next_update_id(self, update_id: int) -> None:
        self._account.updates.next_id = update_id

    def raw(self, update: Mapping[str, Any] | bytes) -> int:
        """Queue any update, right or wrong, and return its id.

        A mapping is given an ``update_id`` unless it has one; bytes go out as they are (put
        ``next_update_id`` into them, or leave it out), even if the answer is then no JSON.
        """
        return self._account.updates.add_raw(update)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more, byte for byte, whether it was confirmed or not."""
        self._account.updates.repeat(update_id)

    # --- what goes wrong ----------------------------------------------------------------------

    def fault(
        self,
        method: str = "",
        *,
        times: int | None = 1,
        for_seconds: float | None = None,
        chat_id: int | None = None,
        status: int | None = None,
        error: str | None = None,
        body: bytes | None = None,
        retry_after: object = None,
        delay: float = 0.0,
        drop: Drop | None = None,
        effect: bool = False,
    ) -> Fault:
        """Order a fault for the next requests and return it, to count its ``hits`` or ``lift`` it.

        Which: ``method`` (empty: any) and ``chat_id`` (None: any), ``times`` times (None: without
        end), at most ``for_seconds`` seconds from now. What: ``status`` with ``error`` as the
        description, or ``body`` as the whole answer (status 200 unless given), or ``retry_after``
        of any type (status 429 unless given); all of these without an effect unless ``effect``.
        ``delay`` holds the answer back for so many seconds after the effect; a poll waits before it
        looks. ``drop`` cuts the connection instead of the answer, before or after the effect.
        The method "file" is a download. Raises ValueError for an unknown method.
        """
        if method not in ("", "file") and method.lower() not in METHODS:
            raise ValueError(f"{method} is not emulated")
        until = None if for_seconds is None else self._clock() + for_seconds
        return self._faults.order(
            Fault(
                method=method.lower(),
                chat_id=chat_id,
                times=times,
                until=until,
                status=status,
                error=error,
                body=body,
                retry_after=retry_after,
                delay=delay,
                drop=drop,
                effect=effect,
            )
        )
