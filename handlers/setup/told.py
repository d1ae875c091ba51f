"""What was set up, by whom and when, as the history tells it."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers.cards import FIELDS, member_name
from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.options import option_name
from handlers.setup.required import requirement_names
from handlers.setup.roles import role_name
from handlers.setup.rooms import names
from models.change import Change
from models.custom_field import CustomField
from models.deal import Pipeline, Stage
from models.kept import KINDS, Kept
from models.member import Member, Role
from models.option import Option
from models.rate import Rate
from models.room import Room
from models.team import Team
from models.workspace import Workspace

# Lines of a history: a phone's screen.
_PAGE = 10

_KINDS: dict[str, str] = {
    Workspace.KIND: msg("Workspace"),
    Pipeline.KIND: msg("Pipeline"),
    Stage.KIND: msg("Stage"),
    Option.KIND: msg("List"),
    Rate.KIND: msg("Rate"),
    CustomField.KIND: msg("Field"),
    Team.KIND: msg("Team"),
    Member.KIND: msg("Member"),
    Room.KIND: msg("Room"),
}
# A member's own settings are theirs.
_PRIVATE = frozenset(
    {
        *("locale", "zone", "working_days", "working_from", "working_until"),
        *("quiet_from", "quiet_until", "digest_at", "email"),
    }
)
_LABELS: dict[str, str] = {
    "probability": msg("Probability"),
    "position": msg("Order"),
    "stale_days": msg("Stale after"),
    "required": msg("Requires"),
    "is_default": msg("New deals enter it"),
    "rate": msg("Rate"),
    "set_on": msg("Since"),
    "manager_id": msg("Manager"),
    "team_id": msg("Team"),
    "role": msg("Role"),
    "active": msg("Active"),
    "currency": msg("Currency"),
    "zone": msg("Zone"),
    "locale": msg("Locale"),
    "visibility": msg("Visibility"),
    "week_start": msg("Week begins on"),
    "fiscal_year_start": msg("Fiscal year begins in"),
    "label": msg("Name"),
    "choices": msg("Choices"),
    "internal": msg("Internal"),
    "posts": msg("Posted"),
}


async def changes(ctx: Context) -> tuple[list[tuple[str, str, str]], bool]:
    """The last changes of what is set up: when, who, what; and whether there are older ones."""
    rows = Change.filter(workspace_id=ctx.member.workspace_id, kind__in=list(_KINDS))
    told = list[tuple[str, str, str]]()
    async for change in rows.order_by("-id"):
        what = await _what(ctx, change)
        if not what:
            continue
        if len(told) == _PAGE:
            return told, True
        told.append((ctx.instant(change.at), await member_name(change.member_id), what))
    return told, False


async def _what(ctx: Context, change: Change) -> str:
    row = await KINDS[change.kind].get_or_none(pk=change.record_id)
    if row is None:
        return ""
    pairs = {
        name: pair
        for name, pair in change.fields_json.items()
        if not (change.kind == Member.KIND and name in _PRIVATE)
    }
    whats = list[str]()
    if change.created and change.kind != Room.KIND:  # what was declared is what made it known
        whats.append(ctx.text("created"))
    else:
        whats += [each for name, pair in pairs.items() if (each := await _pair(ctx, name, *pair))]
    if not whats:
        return ""
    undone = [ctx.text("undone")] if change.undo_of is not None else []
    return f"{ctx.text(_KINDS[change.kind])} {_name(ctx, row)}: {', '.join([*undone, *whats])}"


def _name(ctx: Context, row: Kept) -> str:
    if isinstance(row, Stage):
        return stage_name(ctx, row)
    return option_name(ctx, row.name) if isinstance(row, Option) else row.title


async def _pair(ctx: Context, name: str, before: Any, after: Any) -> str:
    if name == "deleted_at":
        return ctx.text("removed") if after else ctx.text("brought back")
    label = _LABELS.get(name) or FIELDS.get(name)
    if label is None:
        return ""
    if name == "position":
        return ctx.text(label)
    return f"{ctx.text(label)} {await _value(ctx, name, before)} → {await _value(ctx, name, after)}"


async def _value(ctx: Context, name: str, value: Any) -> str:
    match name, value:
        case _, None | "" | []:
            return "–"
        case _, bool():
            return ctx.text("yes") if value else ctx.text("no")
        case "required", list():
            return ", ".join(await requirement_names(ctx, value))
        case "manager_id", int():
            return await member_name(value)
        case "team_id", int():
            team = await Team.get_or_none(id=value)
            return team.name if team else "–"
        case "role", str():
            return role_name(ctx, Role(value))
        case "set_on", str():
            return ctx.locale.date(date.fromisoformat(value), now=ctx.now)
        case "probability", int():
            return ctx.text("{n}%", n=value)
        case "posts", list():
            return names(ctx, value)
        case _, list():
            return ", ".join(map(str, value))
    return str(value)
