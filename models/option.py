"""Option: one entry of a list that an admin keeps: lost reasons, lead sources, outcomes of activities."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.queryset import QuerySet

from models.fields import UTCDatetimeField, public
from models.named import Named

if TYPE_CHECKING:
    from models.workspace import Workspace


class OptionList(StrEnum):
    """Which list an entry is in."""

    LOST_REASON = "lost_reason"
    LEAD_SOURCE = "lead_source"
    OUTCOME = "outcome"


class Option(Named):
    """``name`` is what is shown, in the words it was entered with; the usual ones are translated."""

    KIND = "option"
    WITHIN = ("workspace_id", "list")

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.CASCADE)
    )
    workspace_id: int
    list = public(fields.CharEnumField(OptionList, max_length=20))
    name = public(fields.CharField(max_length=100))
    position = public(fields.SmallIntField(default=0))
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "option"
        indexes = (("workspace_id", "list", "position"),)

    @classmethod
    def of(cls, workspace_id: int, which: OptionList) -> QuerySet[Option]:
        """The entries of a list, in their order."""
        return cls.filter(workspace_id=workspace_id, list=which, deleted_at__isnull=True).order_by(
            "position", "id"
        )


# A new workspace's lists. What is lost is lost for a reason, or nobody learns from it.
DEFAULTS: dict[OptionList, tuple[str, ...]] = {
    OptionList.LOST_REASON: ("Price", "Competitor", "No budget", "No decision", "Not a fit"),
    OptionList.LEAD_SOURCE: ("Web", "Referral", "Event", "Cold call", "Partner"),
    OptionList.OUTCOME: ("Reached", "No answer", "Left voicemail", "Busy", "Wrong number"),
}


async def create_default_options(workspace: Workspace) -> None:
    """The lists that every workspace starts with."""
    for which, names in DEFAULTS.items():
        for position, name in enumerate(names):
            await Option.create(workspace=workspace, list=which, name=name, position=position)
