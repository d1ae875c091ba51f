"""Telegram as a chat service: receive, send, edit, answer presses, fetch files."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import telegram

from bot.clock import Clock
from bot.pace import Pace
from bot.platform import Files, Message, Receive, Receiver, Rejected, ServiceError
from bot.telegram import downloads, references, updates
from bot.telegram.menus import Menus, Roles
from bot.telegram.pace import PACE
from bot.telegram.polling import Poller
from bot.telegram.reading import Memory
from bot.telegram.refusals import Gone, told
from bot.telegram.render import Part, popup, render
from bot.telegram.sending import Sender
from bot.telegram.shapes import Me
from bot.telegram.transport import STAND_IN, Transport
from bot.telegram.webhook import Webhook
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply
from handlers.chat.request import Attachment, Request

_log = logging.getLogger(__name__)

_MOST_BEGUN: Final = 1000  # replies in several messages that broke off and are remembered


@dataclass(frozen=True, slots=True)
class Hook:
    """The whole address that Telegram posts updates to, and the secret that it sends with each."""

    url: str
    secret: str = field(repr=False)


class Telegram:
    """One bot of Telegram's, as :class:`bot.platform.Platform`.

    ``api_url`` is a Bot API server's root. Updates are polled, or posted to a ``hook``; ``memory`` keeps
    how far they were read, ``files`` reads what File blocks name; with ``roles`` the menus of commands are
    kept up to date. Nothing is retried here, except that
    markup which is refused goes out once more as plain text.
    """

    name = updates.PLATFORM
    edits_in_place = True
    keeps_history = False
    pace: Pace | None = PACE

    def __init__(
        self,
        token: str,
        api_url: str,
        clock: Clock,
        *,
        hook: Hook | None = None,
        memory: Memory | None = None,
        files: Files | None = None,
        roles: Roles | None = None,
    ) -> None:
        root = api_url.rstrip("/")
        self._files = f"{root}/file/bot{STAND_IN}"
        self._transport = Transport(token)
        self._bot = telegram.Bot(
            STAND_IN,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=self._transport,
            get_updates_request=self._transport,
        )
        self._sender = Sender(self._bot, files)
        self._way: Poller | Webhook
        if hook is None:
            self._way = Poller(self._transport, f"{root}/bot{STAND_IN}", clock, memory=memory)
        else:
            self._way = Webhook(
                self._transport,
                f"{root}/bot{STAND_IN}",
                clock,
                url=hook.url,
                secret=hook.secret,
                memory=memory,
            )
        # Whose token it is stands in front of its colon (core.telegram.org/bots/api#authorizing-your-bot).
        number = token.partition(":")[0]
        self._me = Me(int(number) if number.isascii() and number.isdigit() else 0)
        self._menus = Menus(self._bot, roles) if roles else None
        self._begun: OrderedDict[int, list[int]] = OrderedDict()

    @property
    def last_heard(self) -> datetime | None:
        """When receiving last heard anything, an error too; None while it does not run.

        Older than 90 seconds: it is deaf, and the process should be started anew.
        """
        return self._way.last_heard

    async def run(self, receive: Receive) -> None:
        """Receive until cancelled; nothing is confirmed that ``receive`` did not take in.

        Raises: Unauthorised.
        """
        menus = asyncio.create_task(self._menus.keep()) if self._menus else None
        try:
            await self._way.run(receive)
        finally:
            if menus is not None:
                menus.cancel()

    @property
    def refused(self) -> Mapping[str, int]:
        """What was posted and not let in, by reason; see bot.platform.Hooked."""
        return self._way.refused if isinstance(self._way, Webhook) else {}

    def receivers(self, receive: Receive) -> Sequence[Receiver]:
        """The webhook's address; none while updates are polled."""
        return [self._way.receiver(receive)] if isinstance(self._way, Webhook) else []

    def parse(self, key: str, raw: Mapping[str, Any]) -> updates.Meaning:
        """See :mod:`bot.telegram.updates`.

        Raises: Unreadable.
        """
        return updates.parse(key, raw, self._way.me or self._me)

    def private_link(self) -> str:
        """Where a person writes to the bot, also one who never did.

        See core.telegram.org/bots/features#deep-linking.
        """
        me = self._way.me or self._me
        return f"https://t.me/{me.username}" if me.username else ""

    async def send(self, message: Message) -> str:
        """Send the reply, in several messages if it is long; see :func:`references.reference`.

        A reply that broke off between two of its messages goes on where it stopped when it is sent
        again by this process.
        """
        contents = await self._sender.contents(message.reply)
        parts = _parts(message, repeated=message.repeated, kept=contents.keys())
        sent = self._begun.pop(message.id, [])
        for part in parts[len(sent) :]:
            try:
                sent.append(await self._sender.send(message, part, contents, first=not sent))
            except ServiceError:
                self._remember(message.id, sent)
                raise
        return references.reference(message.address, *sent)

    async def edit(self, message: Message) -> str:
        """Replace the reply that ``message.edits`` names.

        A new one is sent where that is gone, or stands in another chat (a private answer to a button
        that was pressed in a group); and for files, which no text can be made into.
        """
        old = references.messages(message.edits or "", message.address)
        if not old or await self._sender.contents(message.reply):
            return await self.send(message)
        parts = _parts(message, repeated=False)
        superfluous, kept = old[: -len(parts)], old[-len(parts) :]
        try:
            for number, part in zip(kept, parts, strict=False):
                await self._sender.replace(message.address, number, part)
        except Gone:
            return await self.send(message)
        added = [await self._sender.send(message, part, first=False) for part in parts[len(kept) :]]
        await self._sender.delete(message.address, superfluous)
        return references.reference(message.address, *kept, *added)

    async def find(self, message: Message) -> str | None:
        """None: Telegram has no history for bots."""
        return None

    def can_find(self, message: Message) -> bool:
        """False, see :meth:`find`."""
        return False

    async def answer(self, request: Request, reply: Reply | None) -> bool:
        """Acknowledge a press, with ``reply`` over the chat if it is short text without buttons.

        A private reply waits there until it is closed. False: it was not shown (too long, not a
        press, or pressed too long ago).
        """
        if not isinstance(request, updates.Press):
            return False
        text = popup(reply) if reply else None
        acknowledgement = self._bot.answer_callback_query(
            request.query, text=text, show_alert=bool(text and reply and reply.private)
        )
        try:
            await told("answerCallbackQuery", acknowledgement)
        except ServiceError as error:
            _log.info("telegram: %s", error)
            return False
        return reply is None or text is not None

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content of a file that somebody sent; see :class:`bot.platform.Fetching`."""
        return await downloads.fetch(self._bot, self._transport, self._files, attachment.source)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.shutdown()

    def _remember(self, outgoing: int, sent: list[int]) -> None:
        if sent:
            self._begun[outgoing] = sent
        if len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)


def _parts(message: Message, *, repeated: bool, kept: Collection[str] = ()) -> tuple[Part, ...]:
    group = references.is_shared(message.address)
    try:
        return render(message.reply, Locale(tag=message.language), repeated=repeated, group=group, kept=kept)
    except ValueError as error:
        raise Rejected(str(error)) from error
