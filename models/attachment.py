"""Attachment: a file that came with a message, on the record that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.expressions import Q

from models.activity import PARENTS, seen_with_parents
from models.blob import Blob
from models.change import Author
from models.fields import UTCDatetimeField, personal, public
from models.member import Member
from models.notification import Notification
from models.record import Record

if TYPE_CHECKING:
    from models.company import Company
    from models.contact import Contact
    from models.deal import Deal
    from models.lead import Lead

# 20 MB: what Telegram lets a bot download (core.telegram.org/bots/api#getfile); the same everywhere.
LARGEST = 20_000_000
# A fetch that failed is tried again after this long, doubled each time, and so often.
_FIRST_PAUSE = timedelta(seconds=30)
MOST_TRIES = 8
# A fetch begun by a process that died is taken over after this long.
_LEASE = timedelta(minutes=5)
_LONGEST_ERROR = 200
# The push that says what became of a file: that it could not be had, or whose contact cards it holds.
FETCHED = "attachment"


class AttachmentKind(StrEnum):
    """What sort of file; ``vcard`` is one of contact cards, which is read once it is here."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    VCARD = "vcard"


class AttachmentState(StrEnum):
    """Still at the chat service, here, or never to be had."""

    WAITING = "waiting"
    KEPT = "kept"
    LOST = "lost"


class Attachment(Record):
    """A file on any of contact, company, lead and deal; with none it is seen by who sent it alone.

    ``source`` is what ``platform`` fetches it by, ``caption`` the words that came with it. ``size`` in bytes
    and ``seconds`` of a recording are None where unknown. ``sha256`` names its Blob once it is ``kept``.
    ``not_before`` is when it is fetched next. ``error`` says why the last fetch failed, without a word of
    its content.
    """

    KIND = "attachment"
    LETTER = "F"

    kind = public(fields.CharEnumField(AttachmentKind, max_length=10))
    name = personal(fields.CharField(max_length=200))
    media_type = public(fields.CharField(max_length=100, default=""))
    size = public(fields.BigIntField(null=True))
    seconds = public(fields.IntField(null=True))
    platform = public(fields.CharField(max_length=20))
    source = personal(fields.TextField())
    caption = personal(fields.TextField(default=""))
    state = public(fields.CharEnumField(AttachmentState, max_length=10, default=AttachmentState.WAITING))
    attempts = public(fields.SmallIntField(default=0))
    not_before = public(UTCDatetimeField())
    error = public(fields.CharField(max_length=_LONGEST_ERROR, default=""))
    sha256 = public(fields.CharField(max_length=64, null=True))
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    contact: fields.ForeignKeyNullableRelation[Contact] = public(
        fields.ForeignKeyField(
            "models.Contact", related_name="attachments", null=True, on_delete=fields.SET_NULL
        )
    )
    contact_id: int | None
    company: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField(
            "models.Company", related_name="attachments", null=True, on_delete=fields.SET_NULL
        )
    )
    company_id: int | None
    lead: fields.ForeignKeyNullableRelation[Lead] = public(
        fields.ForeignKeyField(
            "models.Lead", related_name="attachments", null=True, on_delete=fields.SET_NULL
        )
    )
    lead_id: int | None
    deal: fields.ForeignKeyNullableRelation[Deal] = public(
        fields.ForeignKeyField(
            "models.Deal", related_name="attachments", null=True, on_delete=fields.SET_NULL
        )
    )
    deal_id: int | None

    class Meta:
        table = "attachment"
        unique_together = (("workspace", "number"),)
        indexes = (
            ("state", "not_before"),
            ("contact_id",),
            ("company_id",),
            ("lead_id",),
            ("deal_id",),
            ("sha256",),
        )

    @property
    def title(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, member: Member) -> Q:
        hangs = Q(company_id__isnull=False)
        for parent in PARENTS:
            nearer: dict[str, Any] = {f"{parent}_id__isnull": False}
            hangs |= Q(**nearer)
        return seen_with_parents(member) & (hangs | Q(owner_id=member.id))

    @classmethod
    async def receive(
        cls, kind: AttachmentKind, by: Author, *, name: str, platform: str, source: str, **values: Any
    ) -> Attachment:
        """Write down that a file came; it is fetched after the turn. Parents as ``deal_id=`` and so on."""
        return await cls.add(
            by,
            kind=kind,
            name=name,
            platform=platform,
            source=source,
            not_before=by.now,
            owner_id=by.member.id,
            **values,
        )

    def _anew(self, by: Author, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same file stays as it is fetched; in place of another one the new one is fetched."""
        anew = super()._anew(by, values)
        if all(anew.get(name) == getattr(self, name) for name in ("kind", "size", "seconds", "media_type")):
            return {name: value for name, value in anew.items() if name not in ("source", "not_before")}
        return {**anew, "state": AttachmentState.WAITING, "attempts": 0, "sha256": None, "error": ""}

    @classmethod
    async def take_waiting(cls, platforms: list[str], now: datetime) -> Attachment | None:
        """Take the next one that is to be fetched from these platforms, so that no other process does."""
        due = cls.filter(
            state=AttachmentState.WAITING,
            not_before__lte=now,
            platform__in=platforms,
            deleted_at__isnull=True,
        )
        for found in await due.order_by("not_before", "id").limit(10):
            free = cls.filter(id=found.id, state=AttachmentState.WAITING, attempts=found.attempts)
            if await free.update(attempts=found.attempts + 1, not_before=now + _LEASE):
                if found.attempts >= MOST_TRIES:  # none of which came to its end: what fetched it died
                    await found.give_up("cut short too often", now)
                    continue
                found.attempts += 1
                return found
        return None

    async def keep(self, content: bytes, now: datetime) -> None:
        """Its content is here. No Change: nothing was decided, and undo has nothing to take back."""
        self.sha256 = await Blob.keep(content, now)
        self.state, self.size, self.error = AttachmentState.KEPT, len(content), ""
        await self.save(update_fields=["sha256", "state", "size", "error"])
        if self.kind is AttachmentKind.VCARD:
            await self._tell(now)

    async def put_off(self, reason: str, now: datetime, pause: timedelta | None = None) -> None:
        """It could not be fetched now: again after ``pause``; given up after some tries, and said so."""
        if self.attempts >= MOST_TRIES:
            await self.give_up(reason, now)
            return
        self.error = reason[:_LONGEST_ERROR]
        self.not_before = now + (pause or _FIRST_PAUSE * 2 ** (self.attempts - 1))
        await self.save(update_fields=["error", "not_before"])

    async def give_up(self, reason: str, now: datetime) -> None:
        """It will never be had: too large, gone, refused. Its sender is told."""
        self.state, self.error = AttachmentState.LOST, reason[:_LONGEST_ERROR]
        await self.save(update_fields=["state", "error"])
        await self._tell(now)

    async def _tell(self, now: datetime) -> None:
        member = await Member.get_or_none(id=self.owner_id)
        if member is not None:
            key = f"{FETCHED}:{self.id}"
            await Notification.once(member=member, kind=FETCHED, key=key, record_id=self.id, due_at=now)
