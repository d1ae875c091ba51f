"""Deal: a sale in the making; Pipeline and Stage: the way it goes; StageChange: how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from tortoise import fields
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.change import Author
from models.company import Company
from models.contact import Contact
from models.errors import IllegalMove, Indispensable, NotFound
from models.fields import UTCDatetimeField, personal, public
from models.merge import Mergeable
from models.money import Money
from models.named import Named, place
from models.post import Post
from models.record import require_unmerged, survivor

if TYPE_CHECKING:
    from models.member import Member
    from models.workspace import Workspace


class StageKind(StrEnum):
    """Whether a deal in this stage is still open."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Pipeline(Named):
    """An ordered set of stages; one of a workspace's is the default."""

    KIND = "pipeline"
    USED_BY = "deal"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name="pipelines", on_delete=fields.RESTRICT)
    )
    workspace_id: int
    name = public(fields.CharField(max_length=100))
    is_default = public(fields.BooleanField(default=False))
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "pipeline"
        unique_together = (("workspace", "name"),)

    @classmethod
    async def default_of(cls, workspace_id: int) -> Pipeline:
        """The pipeline that a new deal enters."""
        found = await cls.of(workspace_id).order_by("-is_default", "id").limit(1)
        return found[0]

    @classmethod
    def of(cls, workspace_id: int) -> QuerySet[Pipeline]:
        """Those in use, the oldest first."""
        return cls.filter(workspace_id=workspace_id, deleted_at__isnull=True).order_by("id")

    @classmethod
    async def begin(cls, by: Author, name: str) -> Pipeline:
        """A new one with the usual stages.

        Raises:
            NameTaken: there is one.
        """
        pipeline = await cls.make(by, name, {"workspace_id": by.member.workspace_id})
        for position, (stage, probability, kind, stale_days) in enumerate(DEFAULT_STAGES):
            values = {"probability": probability, "kind": kind, "stale_days": stale_days, "required": []}
            await Stage.make(by, stage, {"pipeline_id": pipeline.id}, position=position, **values)
        return pipeline

    async def in_order(self) -> list[Stage]:
        """Its stages, in their order."""
        return await Stage.filter(pipeline_id=self.id, deleted_at__isnull=True).order_by("position", "id")

    async def make_default(self, by: Author) -> None:
        """Let new deals enter it."""
        for other in await Pipeline.of(self.workspace_id).filter(is_default=True):
            if other.pk != self.pk:
                await other.write(by, is_default=False)
        await self.write(by, is_default=True)

    async def remove(self, by: Author) -> None:
        """Take it away, with its stages.

        Raises:
            Indispensable: it is the default one. InUse: deals are in it.
        """
        if self.is_default:
            raise Indispensable(self, "default")
        await super().remove(by)
        for stage in await self.in_order():
            await stage.write(by, deleted_at=by.now)

    async def uses(self) -> int:
        return await Deal.filter(stage__pipeline_id=self.id, deleted_at__isnull=True).count()


class Stage(Named):
    """A step of a pipeline. ``probability`` in percent; ``stale_days`` None: never stale here.

    ``required`` are the columns (or ``custom.key``) that a deal must have before it enters.
    """

    KIND = "stage"
    WITHIN = ("pipeline_id",)
    USED_BY = "deal"

    id = public(fields.BigIntField(primary_key=True))
    pipeline: fields.ForeignKeyRelation[Pipeline] = public(
        fields.ForeignKeyField("models.Pipeline", related_name="stages", on_delete=fields.RESTRICT)
    )
    pipeline_id: int
    name = public(fields.CharField(max_length=100))
    position = public(fields.SmallIntField())
    probability = public(fields.SmallIntField())
    kind = public(fields.CharEnumField(StageKind, max_length=10, default=StageKind.OPEN))
    stale_days = public(fields.SmallIntField(null=True))
    required: list[str] = public(fields.JSONField(default=list, db_default="[]"))
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "stage"
        unique_together = (("pipeline", "name"),)

    @classmethod
    def ever_visible_to(cls, member: Member) -> QuerySet[Stage]:
        """Those of the member's workspace."""
        return cls.filter(pipeline__workspace_id=member.workspace_id)

    async def put(self, by: Author, index: int) -> None:
        """Put it at that place of its pipeline, counted from 0.

        Raises:
            IllegalMove: an open stage would stand behind won or lost.
        """
        rows = await Stage.filter(pipeline_id=self.pipeline_id, deleted_at__isnull=True).order_by(
            "position", "id"
        )
        order = await place(by, rows, self, index)
        closing = [stage.kind is not StageKind.OPEN for stage in order]
        if closing != sorted(closing):
            raise IllegalMove("stage_order", self)

    async def remove(self, by: Author) -> None:
        """Take it away.

        Raises:
            Indispensable: it is the last of its kind. InUse: deals stand in it.
        """
        await super().remove(by)
        if await self._leaves_a_gap():
            raise Indispensable(self, self.kind.value)

    async def uses(self) -> int:
        return await Deal.filter(stage_id=self.id, deleted_at__isnull=True).count()

    async def in_use(self) -> bool:
        return await super().in_use() or await self._leaves_a_gap()

    async def _leaves_a_gap(self) -> bool:
        """Whether its pipeline, if that is there, has no stage of its kind without it."""
        others = Stage.filter(pipeline_id=self.pipeline_id, kind=self.kind, deleted_at__isnull=True)
        there = await Pipeline.exists(id=self.pipeline_id, deleted_at__isnull=True)
        return there and not await others.exclude(id=self.id).exists()

    @classmethod
    async def first_of(cls, pipeline: Pipeline) -> Stage:
        """Where a new deal begins."""
        return await cls.leading_to(StageKind.OPEN, pipeline.id)

    @classmethod
    async def leading_to(cls, kind: StageKind, pipeline_id: int) -> Stage:
        """The first stage of that kind in a pipeline: where a deal begins, is won, is lost.

        Raises:
            NotFound: the pipeline has none.
        """
        rows = cls.filter(pipeline_id=pipeline_id, kind=kind, deleted_at__isnull=True)
        found = await rows.order_by("position", "id").first()
        if found is None:
            raise NotFound("stage", kind.value)
        return found


# What a stage may require, besides a deal's own fields (``custom.key``).
REQUIRABLE = (
    "amount",
    "expected_close",
    "next_step",
    "contacts",
    "company_id",
    "probability",
    "source",
    "notes",
)

# The pipeline of a new workspace: name, probability in percent, kind, days until stale.
DEFAULT_STAGES: tuple[tuple[str, int, StageKind, int | None], ...] = (
    ("New", 10, StageKind.OPEN, 7),
    ("Qualified", 25, StageKind.OPEN, 7),
    ("Proposal", 50, StageKind.OPEN, 5),
    ("Negotiation", 75, StageKind.OPEN, 5),
    ("Won", 100, StageKind.WON, None),
    ("Lost", 0, StageKind.LOST, None),
)


async def create_default_pipeline(workspace: Workspace, name: str = "Sales") -> Pipeline:
    """The pipeline that every workspace starts with."""
    pipeline = await Pipeline.create(workspace=workspace, name=name, is_default=True)
    for position, (stage, probability, kind, stale_days) in enumerate(DEFAULT_STAGES):
        await Stage.create(
            pipeline=pipeline,
            name=stage,
            position=position,
            probability=probability,
            kind=kind,
            stale_days=stale_days,
        )
    return pipeline


class Deal(Mergeable):
    """A sale in the making.

    ``amount`` is in minor units of ``currency`` (ISO 4217), both None where unknown. ``probability``
    is the deal's own, in percent; None: its stage's. ``closed_at`` is set while it is won or lost.
    """

    KIND = "deal"
    LETTER = "D"
    SEARCHED = frozenset({"name", "company_id", "tags"})

    name = public(fields.CharField(max_length=200))
    company: fields.ForeignKeyNullableRelation[Company] = public(
        fields.ForeignKeyField("models.Company", related_name="deals", null=True, on_delete=fields.SET_NULL)
    )
    company_id: int | None
    stage: fields.ForeignKeyRelation[Stage] = public(
        fields.ForeignKeyField("models.Stage", related_name=False, on_delete=fields.RESTRICT)
    )
    stage_id: int
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    amount = public(fields.BigIntField(null=True))
    currency = public(fields.CharField(max_length=3, null=True))
    probability = public(fields.SmallIntField(null=True))
    source = public(fields.CharField(max_length=100, default=""))
    next_step = personal(fields.CharField(max_length=500, default=""))
    expected_close: date | None = public(fields.DateField(null=True))
    closed_at = public(UTCDatetimeField(null=True))
    lost_reason = public(fields.CharField(max_length=200, default=""))
    tags: list[str] = public(fields.JSONField(default=list))
    notes = personal(fields.TextField(default=""))
    custom: dict[str, Any] = personal(fields.JSONField(default=dict))

    class Meta:
        table = "deal"
        unique_together = (("workspace", "number"),)
        indexes = (("workspace_id", "owner_id"), ("workspace_id", "stage_id"), ("workspace_id", "company_id"))

    @property
    def title(self) -> str:
        return self.name

    @property
    def money(self) -> Money | None:
        """Its amount, None where unknown."""
        if self.amount is None or self.currency is None:
            return None
        return Money.from_minor(self.amount, self.currency)

    async def search_text(self) -> str:
        return " ".join([self.name, *self.tags])

    async def company_text(self) -> str:
        return await Company.words_of(self.company_id)

    async def move_to(
        self, stage: Stage, by: Author, *, money: Money | None = None, **values: Any
    ) -> dict[str, tuple[Any, Any]]:
        """Move to a stage of its own pipeline, perhaps with a new amount and other columns.

        Returns what changed. The reason of a loss goes when the deal is not lost any more.

        Raises:
            IllegalMove: the deal is in that stage already, the stage is another pipeline's, or it
                requires what the deal lacks.
            InvalidValue: an amount that no column may hold.
        """
        current = await Stage.get(id=self.stage_id)
        if money is not None:
            values |= {"amount": money.minor(), "currency": money.currency}
        await self._require_move(current, stage, values)
        values["stage_id"] = stage.id
        if stage.kind is not current.kind:
            values["closed_at"] = None if stage.kind is StageKind.OPEN else by.now
        if stage.kind is not StageKind.LOST:
            values["lost_reason"] = ""
        changed = await self.write(by, **values)
        if "stage_id" in changed:
            await StageChange.create(
                deal=self, from_stage=current, to_stage=stage, member=by.member, at=by.now, said=by.said
            )
            await Post.of_move(self, current, stage, by)
        return changed

    async def _require_move(self, current: Stage, stage: Stage, values: Mapping[str, Any]) -> None:
        if stage.pipeline_id != current.pipeline_id:
            raise IllegalMove("other_pipeline", self)
        if stage.id == current.id and not values:
            raise IllegalMove("same_stage", self)
        if stage.id != current.id and await self.lacks(stage, values):
            raise IllegalMove("incomplete", self)

    async def lacks(self, stage: Stage, values: Mapping[str, Any]) -> list[str]:
        """What the stage requires and the deal would not have after a move with these columns."""
        return [name for name in stage.required if await self._has_not(name, values)]

    async def _has_not(self, name: str, values: Mapping[str, Any]) -> bool:
        column, _, key = name.partition(".")
        if column == "contacts":
            return not values.get(column) and not await self.contact_ids()
        value = values.get(column, getattr(self, column, None))
        if key:
            value = (value or {}).get(key)
        return value in (None, "", [], {})

    async def contact_ids(self) -> list[int]:
        """The ids of its contacts, the main one first."""
        links = DealContact.filter(deal_id=self.id, contact__deleted_at__isnull=True).order_by("id")
        return cast("list[int]", await links.values_list("contact_id", flat=True))

    async def set_contacts(self, by: Author, contact_ids: Sequence[int]) -> None:
        """Replace its contacts, the main one first; leaves a Change."""
        await self.write(by, contacts=list(contact_ids))

    async def write(self, by: Author, **values: Any) -> dict[str, tuple[Any, Any]]:
        """As any record's; ``contacts`` (a list of ids) is written like a column."""
        if "contacts" not in values:
            return await super().write(by, **values)
        wanted = values.pop("contacts")
        if by.undoing is not None:
            wanted = list(dict.fromkeys([await survivor(Contact, each) for each in wanted]))
        before = await self.contact_ids()
        changed = await super().write(by, **values)
        if wanted != before:
            await self._store(by.now, {})
            await DealContact.filter(deal_id=self.id).delete()
            for contact_id in wanted:
                await DealContact.create(deal_id=self.id, contact_id=contact_id)
            await require_unmerged(Contact, wanted)
            changed["contacts"] = (before, wanted)
            await by.leave(self, {"contacts": changed["contacts"]})
        return changed

    async def after_undo(self, by: Author) -> None:
        if by.undoing is not None:
            await StageChange.filter(deal_id=self.id, said=by.undoing.said).delete()
            await Post.take_back(self.id, by.undoing.said, by.now)


class DealContact(Model):
    """One contact of a deal; the lowest id is the main one."""

    id = public(fields.BigIntField(primary_key=True))
    deal: fields.ForeignKeyRelation[Deal] = public(
        fields.ForeignKeyField("models.Deal", related_name="links", on_delete=fields.CASCADE)
    )
    deal_id: int
    contact: fields.ForeignKeyRelation[Contact] = public(
        fields.ForeignKeyField("models.Contact", related_name="deal_links", on_delete=fields.CASCADE)
    )
    contact_id: int

    class Meta:
        table = "deal_contact"
        unique_together = (("deal", "contact"),)
        indexes = (("contact_id",),)


class StageChange(Model):
    """One move, for cycle times and the digest. ``said`` names the message, see models.change."""

    id = public(fields.BigIntField(primary_key=True))
    deal: fields.ForeignKeyRelation[Deal] = public(
        fields.ForeignKeyField("models.Deal", related_name="moves", on_delete=fields.CASCADE)
    )
    deal_id: int
    from_stage: fields.ForeignKeyRelation[Stage] = public(
        fields.ForeignKeyField("models.Stage", related_name=False, on_delete=fields.RESTRICT)
    )
    from_stage_id: int
    to_stage: fields.ForeignKeyRelation[Stage] = public(
        fields.ForeignKeyField("models.Stage", related_name=False, on_delete=fields.RESTRICT)
    )
    to_stage_id: int
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.RESTRICT)
    )
    at = public(UTCDatetimeField())
    said = public(fields.CharField(max_length=64))

    class Meta:
        table = "stage_change"
        indexes = (("deal_id", "at"), ("at",))
