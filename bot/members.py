"""``parley member``: who may speak to Parley."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot import outbox
from bot.console import harmless
from bot.refused import Refused
from models import region
from models.errors import InvalidValue
from models.member import INVITATION_LIFETIME, ChatIdentity, Invitation, Member, Role
from models.member import address as normalised
from models.messaging.outbox import OutboxState, Outgoing
from models.team import Team
from models.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A member to add, as it was typed.

    ``language``, ``locale`` and ``zone`` may be empty: then they follow from one another and from the
    workspace. ``manager`` is the e-mail address of who manages ``team``.
    """

    email: str
    name: str
    role: Role = Role.REP
    language: str = ""
    locale: str = ""
    zone: str = ""
    team: str = ""
    manager: str = ""


async def add(newcomer: Newcomer, workspace: Workspace, *, now: datetime) -> Member:
    """Add a member, or take a former one back. Inside a transaction.

    A former member comes back without the chat accounts of before: who holds them today is unknown.

    Raises:
        Refused: something typed cannot be right, or somebody active has that address.
    """
    email = address(newcomer.email)
    member = await Member.get_or_none(workspace=workspace, email=email)
    if member is not None and member.active:
        raise Refused(f"{email} is a member already.")
    if member is None:
        member = Member(workspace=workspace, email=email, created_at=now)
    else:
        await ChatIdentity.filter(member=member).delete()
    member.name = _name(newcomer.name)
    member.role = newcomer.role
    member.locale = _locale(newcomer, workspace)
    member.zone = _zone(newcomer.zone or workspace.zone)
    member.active = True
    team = await _team(newcomer, workspace)
    if team is not None:
        member.team_id = team.id
    await member.save()
    if team is not None:
        await _manage(team, newcomer, member, workspace)
    return member


async def invite(email: str, workspace: Workspace, *, now: datetime) -> str:
    """A code with which this member joins one chat account, within 24 hours. Inside a transaction.

    Raises:
        Refused: no such member, or no longer one.
    """
    return await Invitation.issue(await _active(email, workspace), now=now, lifetime=INVITATION_LIFETIME)


async def deactivate(email: str, workspace: Workspace, *, now: datetime) -> Member:
    """Shut a member out: no message of theirs is answered any more, no code of theirs works.

    Their records stay. Inside a transaction.

    Raises:
        Refused: no such member, or no longer one.
    """
    member = await _active(email, workspace)
    await shut_out(member, now)
    return member


async def shut_out(member: Member, now: datetime) -> None:
    """Let somebody be a member no more, whoever said so. Inside a transaction.

    What was not sent to them yet never is; what falls due for them goes to those who lead them.
    """
    member.active = False
    await member.save(update_fields=["active"])
    await Invitation.withdraw(member, now)
    for row in await Outgoing.filter(member_id=member.id, state=OutboxState.WAITING):
        await Outgoing.filter(id=row.id).update(state=OutboxState.FAILED, error="no longer a member")
        if (notification := await outbox.notification_of(row)) is not None:
            await notification.place_again(because=row.id)


async def admin(email: str, workspace: Workspace) -> Member:
    """The admin with that address; without one, the only admin there is.

    Raises:
        Refused: no such member, or no admin; or it has to be said which one.
    """
    if email:
        member = await _active(email, workspace)
        if member.role is not Role.ADMIN:
            raise Refused(f"{email} is no admin: only an admin sets the workspace up.")
    else:
        admins = await Member.filter(workspace=workspace, role=Role.ADMIN, active=True).limit(2)
        if not admins:
            raise Refused("There is no admin. Add one: parley member add EMAIL --name NAME --role admin")
        if len(admins) > 1:
            raise Refused("There are several admins. Say who does it: --as EMAIL")
        member = admins[0]
    await member.fetch_related("workspace")
    return member


async def table(workspace: Workspace) -> list[tuple[str, ...]]:
    """All members as rows of text, a head first, by name."""
    identities: dict[int, set[str]] = {}
    for identity in await ChatIdentity.filter(member__workspace=workspace):
        identities.setdefault(identity.member_id, set()).add(identity.platform)
    rows: list[tuple[str, ...]] = [("NAME", "E-MAIL", "ROLE", "TEAM", "LOCALE", "ZONE", "ACCOUNTS", "STATE")]
    for member in await Member.filter(workspace=workspace).prefetch_related("team").order_by("name", "id"):
        rows.append(
            (
                member.name,
                member.email,
                member.role.value,
                member.team.name if member.team else "-",
                member.locale,
                member.zone,
                ", ".join(sorted(identities.get(member.id, ()))) or "-",
                "active" if member.active else "inactive",
            )
        )
    return rows


def columns(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows under one another, columns two spaces apart; nothing in them steers the terminal."""
    grid = [[harmless.line(cell) for cell in row] for row in rows]
    widths = [max(map(harmless.cells, column)) for column in zip(*grid, strict=True)]
    lines = (
        "  ".join(
            cell + " " * (width - harmless.cells(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in grid
    )
    return "\n".join(line.rstrip() for line in lines)


def address(typed: str) -> str:
    """An e-mail address as it is stored, all in small letters. Nothing is asked of the network.

    Raises:
        Refused: it is none.
    """
    try:
        return normalised(typed)
    except InvalidValue as error:
        raise Refused(f"{typed!r} is no e-mail address. {error.__cause__}", status=2) from None


async def _active(email: str, workspace: Workspace) -> Member:
    member = await Member.get_or_none(workspace=workspace, email=address(email))
    if member is None:
        raise Refused(f"There is no member {email}. Add them: parley member add {email} --name NAME")
    if not member.active:
        raise Refused(f"{email} is no longer a member. Take them back: parley member add {email} --name NAME")
    return member


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > 200 or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise Refused("A name has 1 to 200 letters. Give it in quotes: --name 'Léa Martin'.", status=2)
    return name


def _zone(name: str) -> str:
    nearest = region.no_zone(name)
    if nearest is not None:
        meant = f"Did you mean {nearest}?" if nearest else "Write it as Europe/Paris."
        raise Refused(f"{name!r} is no time zone. {meant}", status=2)
    return name


def _locale(newcomer: Newcomer, workspace: Workspace) -> str:
    """What was given; else the workspace's if it has the language; else the language's own country."""
    language = newcomer.language
    tag = newcomer.locale or (workspace.locale if language in ("", workspace.locale[:2]) else "")
    if not tag:
        tag = region.locale_of(language, workspace.country)
    nearest = region.no_locale(tag)
    if nearest is not None:
        meant = f"Did you mean {nearest}?" if nearest else "Write it as fr-FR."
        raise Refused(f"{tag!r} is no locale that Parley speaks. {meant}", status=2)
    if language and tag[:2] != language:
        raise Refused(
            f"--lang {language} and --locale {tag} contradict one another. Leave one out.", status=2
        )
    return tag


async def _team(newcomer: Newcomer, workspace: Workspace) -> Team | None:
    """The named team, made where it is new; without a name the one that the given manager manages."""
    if newcomer.team:
        name = _name(newcomer.team)
        return await _team_called(name, workspace)
    if not newcomer.manager:
        return None
    manager = await _manager(newcomer.manager, workspace)
    led = Team.filter(workspace=workspace, manager_id=manager.id, deleted_at__isnull=True)
    teams = await led.order_by("name").limit(2)
    if len(teams) == 1:
        return teams[0]
    raise Refused(
        f"{newcomer.manager} manages {'several teams' if teams else 'no team'}: give --team NAME too."
    )


async def _team_called(name: str, workspace: Workspace) -> Team:
    if found := await Team.called(name, {"workspace_id": workspace.id}):
        return found
    team, new = await Team.get_or_create(workspace=workspace, name=name)
    if not new:  # one that was removed
        team.deleted_at = None
        team.manager_id = None
        await team.save(update_fields=["deleted_at", "manager_id"])
    return team


async def _manage(team: Team, newcomer: Newcomer, member: Member, workspace: Workspace) -> None:
    """Give the team its manager: the named one, else a newcomer of that role where it has none."""
    if newcomer.manager:
        team.manager_id = (await _manager(newcomer.manager, workspace)).id
    elif member.role is Role.MANAGER and team.manager_id is None:
        team.manager_id = member.id
    await team.save(update_fields=["manager_id"])


async def _manager(email: str, workspace: Workspace) -> Member:
    manager = await _active(email, workspace)
    if manager.role is Role.REP:
        raise Refused(f"{email} is a rep: a team's manager has the role manager or admin.")
    return manager


async def leading(platform: str) -> dict[str, Role]:
    """The private chats, by address, of the managers and admins on a platform, and which of both they are."""
    leaders = ChatIdentity.filter(
        platform=platform, reachable=True, member__active=True, member__role__in=[Role.MANAGER, Role.ADMIN]
    )
    return {identity.address: identity.member.role for identity in await leaders.select_related("member")}
