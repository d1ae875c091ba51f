"""Settling: where the answer to a request goes, and which messages read otherwise from now on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from bot import outbox
from bot.introductions import sent_at_once
from bot.outbox import Place
from bot.outcome import Outcome
from bot.platform import Linked
from bot.spoken import Spoken
from handlers import account
from handlers.chat import privacy
from handlers.chat.i18n import Locale
from handlers.chat.privacy import Readers
from handlers.chat.reply import Reply
from models.member import ChatIdentity, Member
from models.messaging.outbox import OutboxState, Outgoing
from models.record import Record
from models.room import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What was spoken has its reply, inside the turn's transaction.

    ``answered_by`` has the command of each line, "" for a refusal; ``shown`` the human ids that the reply
    shows. ``corrects`` is the reference of the answer that the answer to an edit takes the place of.
    ``called_off`` are cards with what is left of them, ``amended`` what messages about a subject say now.
    """

    spoken: Spoken
    command: str
    outcome: str
    answered_by: Sequence[str]
    read_by: Readers
    shown: Sequence[str]
    corrects: str | None
    called_off: Sequence[tuple[Outgoing, Reply]]
    amended: Mapping[str, Reply]

    async def run(self, reply: Reply) -> Outcome:
        """Put the reply and the edits that follow from it into the outbox."""
        done = Outcome(
            self.spoken.request, command=self.command, outcome=self.outcome, member_id=self.spoken.member.id
        )
        request = self.spoken.request
        aside = not request.private and not request.surface and (reply.private or not self._may_stand())
        # A form stands in no chat: what it was filled in with is answered in the private one.
        elsewhere = aside or request.filled is not None
        address = self.spoken.identity.address if elsewhere else request.address
        done.place = self.spoken.place(request.platform, request.room if reply.shared else address)
        done.marks = reply.marks
        if request.surface:
            done.popup = await outbox.shown_at_once(
                self.spoken.here.database, reply, done.place, now=self.spoken.now
            )
        elif reply.private and request.pressed is not None and reply.is_glance:
            done.popup = replace(reply, language=self.spoken.member.locale)
        else:
            key, corrects = f"turn:{self.spoken.row.id}", await self._corrects(aside)
            row = await self._put(reply, done.place, key, corrects, aside=aside, shown=self.shown)
            done.send.append(row)
        if aside and done.popup is None:
            await self._tell_room(done)
        for card, left in self.called_off:
            place = self.spoken.place(card.platform, card.address, card.language)
            key = f"called off:{self.spoken.row.id}:{card.id}"
            row = await self._put(left, place, key, card.message_ref, shown=card.shown or ())
            done.send.append(row)
        for subject, after in self.amended.items():
            done.send += await self._amend(subject, after, reply)
        return done

    async def _corrects(self, aside: bool) -> str | None:
        """The answer that this one takes the place of; none that stands in a room where it must not."""
        own = {"platform": self.spoken.request.platform, "address": self.spoken.identity.address}
        if self.corrects is None or not aside:
            return self.corrects
        sent = Outgoing.filter(**own, state=OutboxState.SENT, message_ref=self.corrects)
        return self.corrects if await sent.exists() else None

    def _may_stand(self) -> bool:
        # What came from no command, as from a file, is judged as the answer of an unknown one.
        return all(privacy.may_stand(command, self.read_by) for command in self.answered_by or [""])

    async def _tell_room(self, done: Outcome) -> None:
        """Say where the answer went: to who pressed alone, to who typed before everybody."""
        link = self.spoken.platform.private_link() if isinstance(self.spoken.platform, Linked) else ""
        told = account.answered_privately(Locale(self.spoken.member.locale, self.spoken.member.zone), link)
        if self.spoken.request.pressed is not None:
            done.popup = Reply(told.blocks, private=True)
            return
        place = self.spoken.place(self.spoken.request.platform, self.spoken.request.address)
        done.send.append(await self._put(told, place, f"room:{self.spoken.row.id}"))

    async def _put(
        self,
        reply: Reply,
        place: Place,
        key: str,
        edits: str | None = None,
        *,
        aside: bool = False,
        shown: Sequence[str] = (),
    ) -> Outgoing:
        """``aside``: it does not go where the request was made, so that it replaces nothing there."""
        if edits is None and reply.replaces and not aside:
            edits = self.spoken.request.message
        return await outbox.put(
            self.spoken.here.database,
            reply,
            place,
            key=key,
            now=self.spoken.now,
            holder=sent_at_once(self.spoken.request, self.spoken.here, place.platform),
            edits=edits,
            answers=self.spoken.request.quoted
            if edits is None and place.address == self.spoken.request.address
            else None,
            shown=shown,
        )

    async def _amend(self, subject: str, after: Reply, reply: Reply) -> list[Outgoing]:
        """Edit every message already sent about a subject, except where the reply itself says it."""
        sent = await Outgoing.filter(
            subject=subject, state=OutboxState.SENT, workspace_id=self.spoken.member.workspace_id
        ).exclude(message_ref=None)
        replaced = self.spoken.request.message if reply.replaces else None
        edited = []
        for message in sent:
            if _same_message(str(message.message_ref), replaced) or self._answers_beside(message):
                continue
            if await _may_still_read(message) and await self._may_stand_at(message):
                place = self.spoken.place(message.platform, message.address, message.language)
                key = f"amend:{self.spoken.row.id}:{message.id}"
                edited.append(await self._put(after, place, key, message.message_ref))
        return edited

    async def _may_stand_at(self, message: Outgoing) -> bool:
        """Whether what this turn says may be read where a message stands: as a fresh answer there might."""
        theirs = ChatIdentity.filter(member_id=message.member_id, platform=message.platform)
        if await theirs.filter(address=message.address).exists():
            return True
        room = await Room.at(self.spoken.member.workspace_id, message.platform, message.address)
        return privacy.may_stand(self.command, privacy.readers_in(room))

    def _answers_beside(self, message: Outgoing) -> bool:
        """Whether the answer comes where the message cannot be changed: it would be said twice there."""
        here = (self.spoken.request.platform, self.spoken.request.address) == (
            message.platform,
            message.address,
        )
        return here and not self.spoken.platform.edits_in_place


async def _may_still_read(message: Outgoing) -> bool:
    """Whether a push's reader is still a member who sees what it is about: else it stays as it was."""
    reader = await Member.filter(id=message.member_id, active=True).select_related("workspace").first()
    return reader is not None and await Record.seen_under(message.subject, reader)


def _same_message(ref: str, pressed: str | None) -> bool:
    """Whether a press was under that message; a reference of several parts begins with the pressed one."""
    return pressed is not None and (ref == pressed or ref.startswith(f"{pressed}+"))
