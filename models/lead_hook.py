"""LeadHook: an address that web forms post to. What comes in becomes a lead."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from tortoise import fields

from models.change import Author
from models.fields import UTCDatetimeField, public, secret
from models.member import Member, Role
from models.named import Named

if TYPE_CHECKING:
    from models.workspace import Workspace


class LeadHook(Named):
    """One form. Whoever knows its secret may post to it; only the digest is kept.

    ``name`` is the source of its leads where the form gives none. ``owner`` gets them, or nobody does, and
    they are everyone's. ``made_by`` is the admin who set it up: see :meth:`writer`.
    """

    KIND = "hook"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.RESTRICT)
    )
    workspace_id: int
    name = public(fields.CharField(max_length=100))
    digest = secret(fields.CharField(max_length=64))
    owner: fields.ForeignKeyNullableRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, null=True, on_delete=fields.SET_NULL)
    )
    owner_id: int | None
    made_by: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name=False, on_delete=fields.RESTRICT)
    )
    made_by_id: int
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "lead_hook"
        unique_together = (("workspace", "name"),)

    @classmethod
    async def issue(cls, by: Author, name: str, owner: Member | None) -> tuple[LeadHook, str]:
        """A new one, and its secret, which cannot be had again.

        Raises:
            NameTaken: there is one of that name.
        """
        fresh = secrets.token_urlsafe(32)
        hook = await cls.make(
            by,
            name,
            {"workspace_id": by.member.workspace_id},
            digest=digest_of(fresh),
            owner_id=owner.id if owner else None,
            made_by_id=by.member.id,
        )
        return hook, fresh

    def fits(self, digest: str) -> bool:
        """Whether that is its secret's digest, found out in the same time either way."""
        return hmac.compare_digest(self.digest, digest)

    async def concerned(self) -> list[Member]:
        """Who is told of a new lead: its owner, else the managers and admins."""
        active = Member.filter(workspace_id=self.workspace_id, active=True)
        if self.owner_id is not None and (owner := await active.get_or_none(id=self.owner_id)):
            return [owner]
        return await active.filter(role__in=[Role.MANAGER, Role.ADMIN]).order_by("id")

    async def writer(self) -> Member:
        """In whose name its leads are written: of who set it up, while active; then its owner's, an admin's.

        With the workspace. A lead is lost for nobody's leaving: where all of them are gone it is the first.
        """
        active = Member.filter(workspace_id=self.workspace_id, active=True).select_related("workspace")
        for member_id in (self.made_by_id, self.owner_id):
            if member_id is not None and (found := await active.get_or_none(id=member_id)) is not None:
                return found
        admin = await active.filter(role=Role.ADMIN).order_by("id").first()
        return admin or await Member.get(id=self.made_by_id).select_related("workspace")


def digest_of(typed: str) -> str:
    """What is kept of a secret. It is long and random: nothing is gained by a slow digest."""
    return hashlib.sha256(typed.encode("utf-8", "surrogatepass")).hexdigest()
