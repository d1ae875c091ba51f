"""People: who is invited, in which team, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.cards import member_name, undoable
from handlers.chat.arguments import Rest
from handlers.chat.colleagues import Colleague
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Table, text
from handlers.chat.request import Profile
from handlers.setup.profiles import locale_of, mentioned, zone_of
from handlers.setup.roles import role_called, role_in, role_name
from handlers.setup.words import (
    already,
    beginning,
    behind_joint,
    leading,
    name_of,
    none_called,
    off,
    starting,
    words,
)
from models.errors import InvalidValue, NotAllowed
from models.member import INVITATION_LIFETIME, ChatIdentity, Invitation, Member, Role, address
from models.search import fold
from models.team import Team

MOST_TEAMS = 100


# -- invite ------------------------------------------------------------------------------------------


@command(msg("Invite a colleague"), role=Role.ADMIN, surely=starting())
async def invite(ctx: Context, words: Rest) -> Reply:
    """``zoe@acme.fr Zoé Martin rep Sales``: a member where they are none, and a code that works once.

    ``@lea @marc manager``: members by their profiles, who need no code.
    """
    await ctx.member.workspace.hold()
    profiles, behind = mentioned(ctx, words)
    if profiles:
        return await _invite_all(ctx, profiles, behind)
    typed, _, rest = words.partition(" ")
    email = _address(ctx, typed)
    member = await Member.get_or_none(workspace_id=ctx.member.workspace_id, email=email)
    if member is not None and member.active:
        head = ctx.text("{name} is a member already: nothing of theirs was changed.", name=member.name)
    else:
        member = await _join(ctx, member, email, rest.strip())
        head = await _welcomed(ctx, member)
    code = await Invitation.issue(member, now=ctx.now, lifetime=INVITATION_LIFETIME)
    told = text(
        head,
        ctx.text(
            "Their code, shown to you alone. It works once, until {time}:",
            time=ctx.instant(ctx.now + INVITATION_LIFETIME),
        ),
        f"link {code}",
        ctx.text("On Telegram: {line}", line=f"/start {code}"),
    )
    return Reply((*told.blocks, *_undo(ctx)), private=True, fleeting=True)


def _undo(ctx: Context) -> tuple[Buttons, ...]:
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    return (Buttons((undo,)),) if ctx.author.changes else ()


async def _invite_all(ctx: Context, profiles: Sequence[Profile], behind: str) -> Reply:
    lines = []
    for profile in profiles:
        member = await Member.get_or_none(workspace_id=ctx.member.workspace_id, email=profile.email)
        if member is not None and member.active:
            told = ctx.text("{name} is a member already: nothing of theirs was changed.", name=member.name)
        else:
            told = await _welcomed(ctx, await _join(ctx, member, profile.email, behind, profile))
        lines.append(told)
    lines.append(ctx.text("They need no code: their first message to me links them."))
    return Reply((*text(*lines).blocks, *_undo(ctx)), private=True)


def _address(ctx: Context, typed: str) -> str:
    bare = typed.strip("<>,;").removeprefix("mailto:")
    try:
        return address(bare)
    except InvalidValue as error:
        raise Misread(ctx.text("“{address}” is not an e-mail address.", address=bare[:100])) from error


async def _join(
    ctx: Context, former: Member | None, email: str, line: str, profile: Profile | None = None
) -> Member:
    """A new member, or a former one taken back, without the chat accounts of before."""
    name, role, team = await _newcomer(ctx, line)
    here = ctx.member.workspace
    if profile is not None:
        name = _person(ctx, profile.name.split())
    values = {"role": role, "team_id": team.id if team else None}
    if former is None:
        return await Member.enter(
            ctx.author,
            email=email,
            name=name or _guessed(email),
            locale=locale_of(ctx, profile) if profile else here.locale,
            zone=zone_of(ctx, profile) if profile else here.zone,
            created_at=ctx.now,
            **values,
        )
    await ChatIdentity.filter(member=former).delete()
    await former.write(ctx.author, name=name or former.name, active=True, **values)
    return former


async def _newcomer(ctx: Context, line: str) -> tuple[str, Role, Team | None]:
    """``Zoé Martin rep Sales``: the name before the role, the team behind it or at the end.

    Raises:
        Misread: a team that there is not, or a name that cannot be.
    """
    typed = line.split()
    for index in reversed(range(len(typed))):
        role = role_called(typed[index])
        if role is not None:
            team = " ".join(typed[index + 1 :])
            return _person(ctx, typed[:index]), role, await _team(ctx, team) if team else None
    teams = await _teams(ctx)
    for index in range(len(typed)):
        called = fold(" ".join(typed[index:]))
        found = next((team for team in teams if fold(team.name) == called), None)
        if found is not None:
            return _person(ctx, typed[:index]), Role.REP, found
    return _person(ctx, typed), Role.REP, None


def _person(ctx: Context, typed: Sequence[str]) -> str:
    return name_of(ctx, " ".join(typed), Team) if typed else ""  # the columns are of one length


def _guessed(email: str) -> str:
    parts = re.findall(r"[^\W\d_]+", email.partition("@")[0])
    return " ".join(part.capitalize() for part in parts) or email


async def _welcomed(ctx: Context, member: Member) -> str:
    chips = [member.name, member.email, role_name(ctx, member.role)]
    team = await Team.get_or_none(id=member.team_id) if member.team_id else None
    return ctx.text("✅ New member: {who}", who=" · ".join([*chips, *([team.name] if team else [])]))


# -- role --------------------------------------------------------------------------------------------


@command(msg("Say what a colleague may do"), role=Role.ADMIN, surely=starting())
async def role(ctx: Context, colleague: Colleague, words: Rest) -> Reply:
    """``@sam manager``. Somebody remains who is an admin; a rep manages no team any more."""
    await ctx.member.workspace.hold()
    wanted, before = role_in(ctx, words), colleague.role
    if wanted is before:
        raise already(ctx)
    without = await colleague.set_role(ctx.author, wanted)
    fact = ctx.text(
        "✅ {name}: {before} → {after}",
        name=colleague.name,
        before=role_name(ctx, before),
        after=role_name(ctx, wanted),
    )
    if without:
        names = ", ".join(team.name for team in without)
        fact = "\n".join([fact, ctx.text("Without a manager now: {names}", names=names)])
    return undoable(ctx, fact)


# -- team --------------------------------------------------------------------------------------------


@command(msg("Show the teams, or change one"), surely=starting("new", "rename", "remove"))
async def team(ctx: Context, colleague: Colleague | None = None, words: Rest | None = None) -> Reply:
    """``new North``, ``rename North South``, ``North @sam``, ``North manager @nora``, ``none @sam``."""
    if not words and colleague is None:
        return await _list(ctx)
    if ctx.member.role is not Role.ADMIN:
        raise NotAllowed(role=Role.ADMIN)
    await ctx.member.workspace.hold()
    line = words or ""
    if colleague is not None:
        return await _with(ctx, line, colleague)
    deed, rest = beginning(line, "new", "rename", "remove") or ("", line)
    match deed:
        case "new":
            return await _new(ctx, rest)
        case "rename":
            return await _rename(ctx, rest)
        case "remove":
            found = await _team(ctx, rest)
            await found.remove(ctx.author)
            return undoable(ctx, ctx.text("✅ {name} removed", name=found.name))
    await _team(ctx, line)
    raise Misread(ctx.text("Say who: @colleague, or manager @colleague."))


async def _teams(ctx: Context) -> list[Team]:
    return await Team.filter(workspace_id=ctx.member.workspace_id, deleted_at__isnull=True).order_by(
        "name", "id"
    )


async def _team(ctx: Context, called: str) -> Team:
    """Raises: Misread, where there is none of that name."""
    found, rest = await _leading(ctx, called)
    if rest:
        raise none_called(ctx, called, [each.name for each in await _teams(ctx)])
    return found


async def _leading(ctx: Context, line: str) -> tuple[Team, str]:
    rows = await _teams(ctx)
    found = leading(line, rows, {row.pk: {fold(row.name)} for row in rows})
    if found is None:
        raise none_called(ctx, line, [row.name for row in rows])
    return found


async def _list(ctx: Context) -> Reply:
    members = await Member.filter(workspace_id=ctx.member.workspace_id, active=True).order_by("name", "id")
    rows = [
        (
            each.name,
            await member_name(each.manager_id) or "–",
            ", ".join([member.name for member in members if member.team_id == each.id]) or "–",
        )
        for each in await _teams(ctx)
    ]
    alone = ", ".join(
        [f"{member.name} ({role_name(ctx, member.role)})" for member in members if not member.team_id]
    )
    if alone:
        rows.append(("–", "–", alone))
    heads = (ctx.text("Team"), ctx.text("Manager"), ctx.text("Members"))
    return Reply((Table(heads, tuple(rows)),))


async def _new(ctx: Context, line: str) -> Reply:
    name = name_of(ctx, line, Team)
    taken = {*words("new"), *words("rename"), *words("remove"), *off()}
    if fold(name).split()[0] in taken:
        raise Misread(ctx.text("“{name}” means something else here. Choose another name.", name=name))
    if len(await _teams(ctx)) >= MOST_TEAMS:
        raise Misread(ctx.text("There are at most {most} teams.", most=MOST_TEAMS))
    made = await Team.make(ctx.author, name, {"workspace_id": ctx.member.workspace_id}, manager_id=None)
    return undoable(ctx, ctx.text("✅ New team: {name}", name=made.name))


async def _rename(ctx: Context, line: str) -> Reply:
    found, rest = await _leading(ctx, line)
    name, before = name_of(ctx, behind_joint(rest), Team), found.name
    if name == before:
        raise already(ctx)
    await found.rename(ctx.author, name)
    return undoable(ctx, ctx.text("✅ Team {before} → {after}", before=before, after=name))


async def _with(ctx: Context, line: str, colleague: Member) -> Reply:
    """``North``: they join it; ``North manager``: they manage it; ``none``: they leave theirs."""
    if fold(line) in off():
        return await _move(ctx, colleague, None)
    found, rest = await _leading(ctx, line)
    if not rest:
        return await _move(ctx, colleague, found)
    if fold(rest).rstrip(":") not in words("manager"):
        raise Misread(ctx.text("Say who: @colleague, or manager @colleague."))
    if colleague.role is Role.REP:
        raise Misread(
            ctx.text(
                "{name} is a rep; a team’s manager is a manager or an admin. First: role @colleague manager",
                name=colleague.name,
            )
        )
    before = await member_name(found.manager_id) or "–"
    if not await found.write(ctx.author, manager_id=colleague.id):
        raise already(ctx)
    fact = ctx.text(
        "✅ {team}: manager {before} → {after}", team=found.name, before=before, after=colleague.name
    )
    return undoable(ctx, fact)


async def _move(ctx: Context, colleague: Member, into: Team | None) -> Reply:
    before = await Team.get_or_none(id=colleague.team_id) if colleague.team_id else None
    if not await colleague.write(ctx.author, team_id=into.id if into else None):
        raise already(ctx)
    fact = ctx.text(
        "✅ {name}: team {before} → {after}",
        name=colleague.name,
        before=before.name if before else "–",
        after=into.name if into else "–",
    )
    return undoable(ctx, fact)
