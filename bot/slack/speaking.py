"""Saying something in Slack: new, in place of an earlier message, or to one person alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.platform import Message, Rejected
from bot.slack.address import Address, block_id, is_direct, located, reference
from bot.slack.api import Answer, Api
from bot.slack.directs import Directs
from bot.slack.refusals import BLOCKS_REFUSED, NO_THREAD, NOT_CHANGEABLE, NOT_HERE, Refused
from bot.slack.render import Content, rendered
from bot.slack.responses import Responses
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply

EVENT_TYPE: Final = "parley_outbox"  # of a message's metadata; its payload is {"id": outbox id}
_NO_UNFURLING: Final = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Words:
    """A reply on its way.

    ``address`` is what its buttons belong to, ``id`` the outbox row's, 0 where it is in none.
    ``after`` is a last line of ours. ``answers`` is the reference of the message whose thread it goes into.
    """

    reply: Reply
    locale: Locale
    address: Address
    id: int = 0
    after: str = ""
    answers: str = ""

    def content(self, *, tables: bool = True) -> Content:
        """As Slack shows it."""
        return rendered(
            self.reply,
            self.locale,
            name_row=self.row,
            tables=tables,
            after=self.after,
        )

    def row(self, row: int) -> str:
        """The block id of a row of its buttons."""
        return block_id(self.address, self.id, row)

    def metadata(self) -> dict[str, Any]:
        """The argument by which the message can be found again; none where nobody would look."""
        if not self.id:
            return {}
        return {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"id": self.id}}}


def words(message: Message, *, perhaps_seen: bool) -> Words:
    """What an outbox message says; ``perhaps_seen``: it may stand there already."""
    locale = Locale(tag=message.language, zone="UTC")
    after = locale.text("(sent again)") if perhaps_seen else ""
    address = Address.of(message.address)
    return Words(message.reply, locale, address, message.id, after, message.answers or "")


def thread_of(answers: str, channel: str) -> str:
    """The timestamp of the thread in ``channel`` that an answer goes into; empty where it goes into none."""
    where, ts = located(answers)
    return ts if answers and where.channel == channel else ""


def target(message: Message) -> Address:
    """Where an outbox message goes.

    Raises: Rejected, for a private reply that a whole channel would read.
    """
    where = Address.of(message.address)
    if message.push:
        where = where.for_push()
    if message.reply.private and where.public:
        raise Rejected("chat.postMessage: a private reply to a channel")
    return where


class Speaker:
    """Posts, updates and whispers. Every method raises Refused, or a ServiceError of the Api."""

    def __init__(self, api: Api, directs: Directs, responses: Responses) -> None:
        self._api = api
        self._directs = directs
        self._responses = responses

    async def say(self, words: Words, where: Address) -> str:
        """Say it there; returns the message's reference."""
        if not where.whispers:
            return await self.post(words, await self._directs.channel(where))
        if is_direct(where.channel):
            try:
                return await self.post(words, where.channel)
            except Refused as refusal:
                # A slash command works between two other people too, where we cannot write.
                if refusal.code not in NOT_HERE:
                    raise
        return await self.whisper(words, where)

    async def change(self, words: Words, message: str, otherwise: Address) -> str:
        """Say it in place of ``message``, or where that cannot be changed any more, anew ``otherwise``.

        Returns the reference to use from then on.
        """
        where, ts = located(message)
        if words.reply.private and where.public:
            raise Rejected("chat.update: a private reply in a channel")
        if where.whispers:
            replaced = await self._respond(words, message, replace=True)
            return message if replaced else await self.say(words, otherwise)
        try:
            await self._shown("chat.update", words, {"channel": where.channel, "ts": ts, **words.metadata()})
        except Refused as refusal:
            if refusal.code not in NOT_CHANGEABLE:
                raise
            return await self.say(words, otherwise)
        return message

    async def post(self, words: Words, channel: str) -> str:
        """Say it to everybody in a conversation."""
        place = {"channel": channel, **_NO_UNFURLING, **words.metadata()}
        thread: dict[str, Any] = {"thread_ts": ts} if (ts := thread_of(words.answers, channel)) else {}
        if thread and words.reply.aloud:
            # "Also send to channel": docs.slack.dev/reference/methods/chat.postMessage, reply_broadcast
            thread["reply_broadcast"] = True
        try:
            answer = await self._shown("chat.postMessage", words, {**place, **thread})
        except Refused as refusal:
            if not thread or refusal.code not in NO_THREAD:
                raise
            answer = await self._shown("chat.postMessage", words, place)
        return reference(str(answer["channel"]), str(answer["ts"]))

    async def whisper(self, words: Words, where: Address) -> str:
        """Say it to one person of a conversation, or else in the direct message with them."""
        if await self._respond(words, str(where), replace=False):
            return reference(where, "")
        try:
            place = {"channel": where.channel, "user": where.user}
            answer = await self._shown("chat.postEphemeral", words, place)
        except Refused as refusal:
            if refusal.code not in NOT_HERE:
                raise
            return await self.post(words, await self._directs.with_user(where.user))
        return reference(where, str(answer["message_ts"]))

    async def _respond(self, words: Words, place: str, *, replace: bool) -> bool:
        """Through the response URL of ``place``; False where there is none, or it is used up."""
        url = self._responses.take(place)
        if url is None:
            return False
        kind = {"response_type": "ephemeral", "replace_original": replace, **_NO_UNFURLING}
        try:
            await self._responded(words, url, kind)
        except Refused:
            self._responses.forget(place)
            return False
        return True

    async def _responded(self, words: Words, url: str, kind: Mapping[str, Any]) -> None:
        try:
            await self._api.respond(url, {**kind, **words.content().arguments()})
        except Refused as refusal:
            if refusal.code not in BLOCKS_REFUSED:
                raise
            await self._api.respond(url, {**kind, **words.content(tables=False).arguments()})

    async def _shown(self, method: str, words: Words, place: Mapping[str, Any]) -> Answer:
        try:
            return await self._api.call(method, {**place, **words.content().arguments()})
        except Refused as refusal:
            if refusal.code not in BLOCKS_REFUSED:
                raise
        # Nothing was posted. A workspace may lack the newer kinds of block; sections exist everywhere.
        return await self._api.call(method, {**place, **words.content(tables=False).arguments()})
