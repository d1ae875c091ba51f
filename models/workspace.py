"""Workspace: the tenant. Every record belongs to one; no query ever crosses two."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from tortoise import fields
from tortoise.queryset import QuerySet

from models.fields import UTCDatetimeField, public
from models.kept import Kept

if TYPE_CHECKING:
    from models.member import Member


class Visibility(StrEnum):
    """Who sees a record that has an owner: everyone, the owner's team, or the owner only.

    Managers always see their teams, admins everything, and a record without an owner is everyone's.
    """

    EVERYONE = "everyone"
    TEAM = "team"
    OWN = "own"


class Workspace(Kept):
    """One sales organisation and its defaults.

    ``currency`` ISO 4217, ``country`` ISO 3166-1 alpha-2, ``zone`` an IANA name, ``locale`` BCP 47.
    ``week_start`` 0 is Monday; ``fiscal_year_start`` is a month, 1 to 12.
    """

    KIND = "workspace"

    id = public(fields.BigIntField(primary_key=True))
    name = public(fields.CharField(max_length=200))
    currency = public(fields.CharField(max_length=3, default="EUR"))
    country = public(fields.CharField(max_length=2, default="FR"))
    zone = public(fields.CharField(max_length=64, default="Europe/Paris"))
    locale = public(fields.CharField(max_length=20, default="fr-FR"))
    week_start = public(fields.SmallIntField(default=0))
    fiscal_year_start = public(fields.SmallIntField(default=1))
    visibility = public(fields.CharEnumField(Visibility, max_length=20, default=Visibility.EVERYONE))
    created_at = public(UTCDatetimeField())

    class Meta:
        table = "workspace"

    @classmethod
    def ever_visible_to(cls, member: Member) -> QuerySet[Self]:
        """The member's own."""
        return cls.filter(id=member.workspace_id)
