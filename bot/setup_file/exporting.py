"""The set-up of a workspace as the text of a file."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from bot.setup_file.document import WEEKDAYS
from models.custom_field import CustomField
from models.deal import Pipeline, StageKind
from models.member import Member
from models.option import Option, OptionList
from models.rate import Rate
from models.room import Room
from models.team import Team
from models.workspace import Workspace

Lines = AsyncIterator[str]

_HEAD = """\
# The set-up of a Parley workspace: parley config apply FILE --dry-run shows what a change would do.
# What is left out stays as it is; a list that stands here is the whole list. To rename a stage, a pipeline
# or a team, give it the new name and say was = "the old one".
# No secrets, nothing about customers. Of people: e-mail address, team and role. Of rooms: their id, who
# reads them, what is posted there."""


async def exported(workspace: Workspace) -> str:
    """All of it, in an order that does not change by itself."""
    lines = [_HEAD, "", *await _empty(workspace)]
    for part in (_workspace, _rates, _lists, _fields, _pipelines, _teams, _roles, _rooms):
        lines += [line async for line in part(workspace)]
        lines.append("")
    return "\n".join(lines).rstrip("\n")


async def _empty(workspace: Workspace) -> list[str]:
    """Lists of tables that have none: a line of their own, which TOML wants before the first table."""
    here = {"workspace_id": workspace.id, "deleted_at__isnull": True}
    kinds = {"fields": CustomField, "teams": Team}
    lines = [f"{name} = []" for name, kind in kinds.items() if not await kind.exists(**here)]
    if not await _declared(workspace):
        lines.append("rooms = []")
    return [*lines, ""] if lines else []


async def _declared(workspace: Workspace) -> list[Room]:
    """The rooms of which somebody said something that holds."""
    rooms = await Room.filter(workspace_id=workspace.id).order_by("platform", "address")
    return [room for room in rooms if room.internal or room.posts]


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are among its own, and DEL is the one sign that JSON leaves."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _pair(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if isinstance(value, list):
        return f"{name} = [{', '.join(map(_text, value))}]"
    return f"{name} = {value if isinstance(value, int) else _text(value)}"


async def _workspace(workspace: Workspace) -> Lines:
    yield "[workspace]"
    for name in ("name", "currency", "country", "zone", "locale"):
        yield _pair(name, getattr(workspace, name))
    yield _pair("visibility", workspace.visibility.value)
    yield _pair("week_start", WEEKDAYS[workspace.week_start])
    yield _pair("fiscal_year_start", workspace.fiscal_year_start)


async def _rates(workspace: Workspace) -> Lines:
    yield "[rates]"
    for rate in await Rate.of(workspace.id):
        yield _pair(rate.currency, rate.rate)


async def _lists(workspace: Workspace) -> Lines:
    yield "[lists]"
    names = {
        "lost_reasons": OptionList.LOST_REASON,
        "lead_sources": OptionList.LEAD_SOURCE,
        "outcomes": OptionList.OUTCOME,
    }
    for name, which in names.items():
        yield _pair(name, [option.name for option in await Option.of(workspace.id, which)])


async def _fields(workspace: Workspace) -> Lines:
    rows = CustomField.filter(workspace_id=workspace.id, deleted_at__isnull=True)
    for field in await rows.order_by("entity", "id"):
        yield "[[fields]]"
        yield _pair("record", field.entity)
        yield _pair("key", field.key)
        yield _pair("label", field.label)
        yield _pair("kind", field.kind.value)
        if field.choices:
            yield _pair("choices", field.choices)


async def _pipelines(workspace: Workspace) -> Lines:
    for pipeline in await Pipeline.of(workspace.id):
        yield "[[pipelines]]"
        yield _pair("name", pipeline.name)
        yield _pair("default", pipeline.is_default)
        for stage in await pipeline.in_order():
            yield "[[pipelines.stages]]"
            yield _pair("name", stage.name)
            if stage.kind is not StageKind.OPEN:
                yield _pair("kind", stage.kind.value)
            yield _pair("probability", stage.probability)
            if stage.stale_days is not None:
                yield _pair("stale_days", stage.stale_days)
            if stage.required:
                yield _pair("required", stage.required)


async def _teams(workspace: Workspace) -> Lines:
    members = await Member.filter(workspace_id=workspace.id, active=True).order_by("email")
    for team in await Team.filter(workspace_id=workspace.id, deleted_at__isnull=True).order_by("name", "id"):
        yield "[[teams]]"
        yield _pair("name", team.name)
        managers = [member.email for member in members if member.id == team.manager_id]
        if managers:
            yield _pair("manager", managers[0])
        yield _pair("members", [member.email for member in members if member.team_id == team.id])


async def _roles(workspace: Workspace) -> Lines:
    yield "[roles]"
    for member in await Member.filter(workspace_id=workspace.id, active=True).order_by("email"):
        yield _pair(_text(member.email), member.role.value)


async def _rooms(workspace: Workspace) -> Lines:
    emails = {member.id: member.email for member in await Member.filter(workspace_id=workspace.id)}
    for room in await _declared(workspace):
        yield "[[rooms]]"
        yield _pair("platform", room.platform)
        yield _pair("address", room.address)
        yield _pair("internal", room.internal)
        if room.posts:
            yield _pair("posts", room.posts)
        if room.posts and room.posted_by_id in emails:
            yield _pair("posted_by", emails[room.posted_by_id])
