"""Member: a colleague. ChatIdentity: where they chat. Invitation: how the two are joined."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.change import Author, Change
from models.errors import AlreadyDone, Indispensable, InvalidValue, NotFound
from models.fields import UTCDatetimeField, personal, public, secret
from models.kept import Kept
from models.team import Team
from models.workspace import Visibility

if TYPE_CHECKING:
    from models.workspace import Workspace

INVITATION_LIFETIME = timedelta(hours=24)
LINK_LIFETIME = timedelta(minutes=10)


class Role(StrEnum):
    """What a member may do beyond their own records."""

    REP = "rep"
    MANAGER = "manager"
    ADMIN = "admin"


# What a member does not choose for themselves.
_GIVEN_BY_ADMINS = frozenset({"role", "team_id", "active"})


class Member(Kept):
    """A colleague who uses Parley.

    ``locale`` (fr-FR, en-GB, en-US) decides language, date order, clock and numbers; ``zone`` is an IANA
    name. ``day_first`` is the order of 3/4 where they said it, None where the locale decides.
    ``working_days`` are weekday digits, 0 is Monday. Times of day are local, ``HH:MM``; ``digest_at`` is
    empty where none is wanted.
    """

    KIND = "member"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name="members", on_delete=fields.RESTRICT)
    )
    workspace_id: int
    team: fields.ForeignKeyNullableRelation[Team] = public(
        fields.ForeignKeyField("models.Team", related_name="members", null=True, on_delete=fields.SET_NULL)
    )
    team_id: int | None
    email = personal(fields.CharField(max_length=254))
    name = personal(fields.CharField(max_length=200))
    role = public(fields.CharEnumField(Role, max_length=10, default=Role.REP))
    locale = public(fields.CharField(max_length=20))
    zone = public(fields.CharField(max_length=64))
    day_first = public(fields.BooleanField(null=True))
    working_days = public(fields.CharField(max_length=7, default="01234"))
    working_from = public(fields.CharField(max_length=5, default="09:00"))
    working_until = public(fields.CharField(max_length=5, default="18:00"))
    quiet_from = public(fields.CharField(max_length=5, default="19:00"))
    quiet_until = public(fields.CharField(max_length=5, default="08:00"))
    digest_at = public(fields.CharField(max_length=5, default="08:30"))
    active = public(fields.BooleanField(default=True))
    created_at = public(UTCDatetimeField())

    class Meta:
        table = "member"
        unique_together = (("workspace", "email"),)

    @property
    def sees_everything(self) -> bool:
        """True where no owner hides a record from this member."""
        return self.role is Role.ADMIN or self.workspace.visibility is Visibility.EVERYONE

    def owned(self, path: str = "owner") -> Q:
        """The condition under which a record with an owner at ``path`` is seen by this member.

        One condition for the whole turn: a subquery of owners, never a list of them.
        """
        if self.sees_everything:
            return Q()
        nobody: dict[str, Any] = {f"{path}_id__isnull": True}
        led: dict[str, Any] = {f"{path}_id__in": Subquery(self.led().values("id"))}
        return Q(**nobody) | Q(**led)

    def led(self) -> QuerySet[Member]:
        """Those whose records this member sees where the workspace does not show everyone's."""
        return self._with_me(team=self.workspace.visibility is Visibility.TEAM)

    def teammates(self) -> QuerySet[Member]:
        """Oneself, those whom one leads as a manager, and the members of one's own team."""
        return self._with_me(team=True)

    def _with_me(self, *, team: bool) -> QuerySet[Member]:
        colleagues = Q(id=self.id)
        # A team may still name who managed it before they became a rep.
        if self.role is Role.MANAGER:
            colleagues |= Q(team__manager_id=self.id)
        if self.team_id and team:
            colleagues |= Q(team_id=self.team_id)
        return Member.filter(colleagues, workspace_id=self.workspace_id)

    async def leads(self, owner_id: int | None) -> bool:
        """Whether this member may decide for that owner: oneself, one's team, or as an admin."""
        if owner_id is None or owner_id == self.id or self.role is Role.ADMIN:
            return True
        return self.role is Role.MANAGER and await Member.exists(id=owner_id, team__manager_id=self.id)

    async def set_role(self, by: Author, role: Role) -> list[Team]:
        """Give another role; returns the teams that lose their manager by it.

        Raises:
            Indispensable: the last admin would be none any more.
        """
        await self.write(by, role=role)
        await self._require_an_admin()
        if role is not Role.REP:
            return []
        managed = await Team.filter(
            workspace_id=self.workspace_id, manager_id=self.id, deleted_at__isnull=True
        ).order_by("name")
        for team in managed:
            await team.write(by, manager_id=None)
        return managed

    async def require_dispensable(self) -> None:
        """Raises: Indispensable, where this is the last admin."""
        others = Member.filter(workspace_id=self.workspace_id, role=Role.ADMIN, active=True).exclude(
            id=self.id
        )
        if self.role is Role.ADMIN and not await others.exists():
            raise Indispensable(self, "admin")

    async def _require_an_admin(self) -> None:
        if not await Member.exists(workspace_id=self.workspace_id, role=Role.ADMIN, active=True):
            raise Indispensable(self, "admin")

    async def admins(self) -> list[Member]:
        """Who may set the workspace up, by name."""
        rows = Member.filter(workspace_id=self.workspace_id, role=Role.ADMIN, active=True)
        return await rows.order_by("name", "id")

    async def require_undoable(self, by: Author, change: Change) -> None:
        own = self.pk == by.member.pk and not change.created
        if not own or change.fields_json.keys() & _GIVEN_BY_ADMINS:
            await super().require_undoable(by, change)

    def withdrawn(self, now: datetime) -> dict[str, Any]:
        return {"active": False}

    async def after_undo(self, by: Author) -> None:
        await self._require_an_admin()
        if not self.active:
            await Invitation.withdraw(self, by.now)

    async def leaders(self) -> list[Member]:
        """Who is told of a trouble with this member: the team's manager, else the admins; never oneself."""
        others = Member.filter(workspace_id=self.workspace_id, active=True).exclude(id=self.id)
        if self.team_id is not None:
            manager = Subquery(Team.filter(id=self.team_id).values("manager_id"))
            if managers := await others.filter(id__in=manager):
                return managers
        return await others.filter(role=Role.ADMIN).order_by("id")


class ChatIdentity(Model):
    """One account of a member on one platform; ids only, since names change hands.

    ``team`` is the Slack workspace, empty elsewhere. ``address`` is the private chat that pushes go
    to. ``reachable`` is false once the platform says that this person cannot be written to.
    """

    id = public(fields.BigIntField(primary_key=True))
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name="identities", on_delete=fields.CASCADE)
    )
    member_id: int
    platform = public(fields.CharField(max_length=20))
    team = public(fields.CharField(max_length=64, default=""))
    user = personal(fields.CharField(max_length=254))
    address = personal(fields.CharField(max_length=254))
    reachable = public(fields.BooleanField(default=True))
    last_seen_at = public(UTCDatetimeField())

    class Meta:
        table = "chat_identity"
        unique_together = (("platform", "team", "user"),)


class Invitation(Model):
    """A one-time code that joins a chat account to a member; only its digest is kept."""

    id = public(fields.BigIntField(primary_key=True))
    member: fields.ForeignKeyRelation[Member] = public(
        fields.ForeignKeyField("models.Member", related_name="invitations", on_delete=fields.CASCADE)
    )
    member_id: int
    digest = secret(fields.CharField(max_length=64, unique=True))
    expires_at = public(UTCDatetimeField())
    used_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "invitation"

    @classmethod
    async def issue(cls, member: Member, *, now: datetime, lifetime: timedelta) -> str:
        """A new code of 128 random bits, written so that it fits a Telegram deep link."""
        code = secrets.token_urlsafe(16)
        await cls.create(member=member, digest=_digest(code), expires_at=now + lifetime)
        return code

    @classmethod
    async def withdraw(cls, member: Member, now: datetime) -> None:
        """Let no code of this member's work any more."""
        await cls.filter(member=member, used_at__isnull=True).update(expires_at=now)

    @classmethod
    async def redeem(cls, code: str, *, now: datetime) -> Member:
        """Use a code up.

        Raises:
            NotFound: unknown, expired, used, or a former member's; they are not told apart, so that
                nothing can be learnt by guessing.
        """
        invitation = await cls.filter(digest=_digest(code)).select_for_update().get_or_none()
        if invitation is None or invitation.used_at or invitation.expires_at <= now:
            raise NotFound("invitation", "")
        invited = Member.filter(id=invitation.member_id, active=True).select_related("workspace")
        member = await invited.first()
        if member is None:
            raise NotFound("invitation", "")
        invitation.used_at = now
        await invitation.save(update_fields=["used_at"])
        return member


class LinkAttempt(Model):
    """A try to join an account that failed: kept for the admin, and to slow down who guesses."""

    id = public(fields.BigIntField(primary_key=True))
    platform = public(fields.CharField(max_length=20))
    team = public(fields.CharField(max_length=64, default=""))
    user = personal(fields.CharField(max_length=254))
    at = public(UTCDatetimeField())

    class Meta:
        table = "link_attempt"
        indexes = (("platform", "team", "user", "at"),)


async def link(
    member: Member, *, platform: str, team: str, user: str, address: str, now: datetime
) -> ChatIdentity:
    """Join an account to a member. One that a member left behind who is gone changes hands.

    Raises:
        AlreadyDone: the account belongs to an active member already.
    """
    known = (
        await ChatIdentity.filter(platform=platform, team=team, user=user).select_related("member").first()
    )
    if known is not None and known.member.active and known.member_id != member.id:
        raise AlreadyDone("link")
    identity, _ = await ChatIdentity.update_or_create(
        {"member": member, "address": address, "last_seen_at": now, "reachable": True},
        platform=platform,
        team=team,
        user=user,
    )
    return identity


_BELOW = ".example"


def address(typed: str) -> str:
    """An e-mail address as it is stored, all in small letters. Nothing is asked of the network.

    Raises:
        InvalidValue: it is none; its cause says why.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        # As if it lay in a domain of its own: the library refuses the domains that companies use on
        # their own networks (.local, .test, a bare host name), and here an address is first of all a name.
        found = validate_email(f"{typed.strip()}{_BELOW}", check_deliverability=False)
    except EmailNotValidError as error:
        raise InvalidValue("email", typed, "no_address") from error
    return found.normalized.lower().removesuffix(_BELOW)


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().encode()).hexdigest()
