"""Values of a set-up file that have the right type and still cannot be right, whatever the database holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import UNSET

from bot.config.checks import wrong_with
from bot.setup_file.document import Document, FieldTable, PipelineTable, RoomTable, StageTable, TeamTable
from models.custom_field import CustomKind
from models.deal import REQUIRABLE, StageKind
from models.errors import InvalidValue
from models.member import address
from models.rate import Rate
from models.search import fold

# Keys, and indexes into lists, from the top of the file.
Where = tuple[str | int, ...]
# Where it stands, what is wrong, and the remedy.
Found = tuple[Where, str, str]

# The columns' lengths, and the most of each that the chat makes too.
LONGEST_STALE = 3650
MOST = {"pipelines": 20, "stages": 30, "entries": 50, "teams": 100, "fields": 30, "rooms": 500}
_LONGEST_KEY = 50
_FIXED = {StageKind.WON: 100, StageKind.LOST: 0}


def check(document: Document) -> Iterator[Found]:
    """All that is wrong."""
    yield from _workspace(document)
    yield from _rates(document)
    for name in ("lost_reasons", "lead_sources", "outcomes"):
        entries = getattr(document.lists, name)
        if entries is not UNSET:
            yield from _named([(("lists", name), entry) for entry in entries], 100, MOST["entries"])
    if document.fields is not UNSET:
        yield from _fields(document.fields)
    if document.pipelines is not UNSET:
        yield from _pipelines(document.pipelines)
    if document.teams is not UNSET:
        yield from _teams(document.teams)
    if document.roles is not UNSET:
        for email in document.roles:
            yield from _address(("roles", email), email)
    if document.rooms is not UNSET:
        yield from _rooms(document.rooms)


def _workspace(document: Document) -> Iterator[Found]:
    for name in ("currency", "country", "zone", "locale"):
        value = getattr(document.workspace, name)
        if value is not UNSET and (wrong := wrong_with(f"workspace.{name}", value)):
            yield ("workspace", name), *wrong
    if document.workspace.name is not UNSET:
        yield from _name(("workspace", "name"), document.workspace.name, 200)
    month = document.workspace.fiscal_year_start
    if month is not UNSET and not 1 <= month <= 12:
        yield ("workspace", "fiscal_year_start"), "is no month", "Write 1 for January to 12 for December."


def _rates(document: Document) -> Iterator[Found]:
    for code, figure in (document.rates or {}).items():
        if wrong := wrong_with("workspace.currency", code):
            yield ("rates", code), *wrong
        if code == document.workspace.currency:
            yield ("rates", code), "is the workspace's own currency", "Remove it."
        try:
            Rate.checked(Decimal(figure))
        except (InvalidValue, InvalidOperation):
            yield ("rates", code), "must be a number above 0", 'Write it as USD = "0.92".'


def _fields(fields: list[FieldTable]) -> Iterator[Found]:
    for entity in sorted({each.record for each in fields}):
        rows = [(index, each) for index, each in enumerate(fields) if each.record == entity]
        yield from _named(
            [(("fields", index, "label"), each.label) for index, each in rows], 100, MOST["fields"]
        )
        yield from _unique([(("fields", index, "key"), each.key) for index, each in rows])
    for index, each in enumerate(fields):
        if not re.fullmatch(rf"[a-z0-9_]{{1,{_LONGEST_KEY}}}", each.key):
            yield ("fields", index, "key"), "is no key", "Write 1 to 50 of a-z, 0-9 and _."
        wanted = each.kind is CustomKind.CHOICE
        if wanted != bool(each.choices) or len(each.choices) == 1:
            yield (
                ("fields", index),
                "has the wrong choices",
                "A choice has 2 to 50 of them, any other kind none.",
            )
        choices = [(("fields", index, "choices"), choice) for choice in each.choices]
        yield from _named(choices, 100, MOST["entries"])


def _pipelines(pipelines: list[PipelineTable]) -> Iterator[Found]:
    names = [(("pipelines", index, "name"), each.name) for index, each in enumerate(pipelines)]
    yield from _named(names, 100, MOST["pipelines"])
    if [each.default for each in pipelines].count(True) != 1:
        yield ("pipelines",), "must have one with default = true", "New deals enter that one."
    for index, pipeline in enumerate(pipelines):
        place = ("pipelines", index, "stages")
        stages = [((*place, number, "name"), each.name) for number, each in enumerate(pipeline.stages)]
        yield from _named(stages, 100, MOST["stages"])
        yield from _kinds(place, pipeline)
        for number, stage in enumerate(pipeline.stages):
            yield from _stage((*place, number), stage)


def _kinds(place: Where, pipeline: PipelineTable) -> Iterator[Found]:
    for kind in StageKind:
        if not any(stage.kind is kind for stage in pipeline.stages):
            yield (
                place,
                f'has none with kind = "{kind}"',
                "A pipeline has some that are open, one won, one lost.",
            )
    closing = [stage.kind is not StageKind.OPEN for stage in pipeline.stages]
    if closing != sorted(closing):
        yield place, "has an open one behind a closing one", "Put won and lost last."


def _stage(place: Where, stage: StageTable) -> Iterator[Found]:
    if not 0 <= stage.probability <= 100:
        yield (*place, "probability"), "must be from 0 to 100", "It is in percent."
    elif stage.probability != _FIXED.get(stage.kind, stage.probability):
        yield (*place, "probability"), f"is {_FIXED[stage.kind]} for a {stage.kind} stage", "Correct it."
    if stage.stale_days is not None and not 1 <= stage.stale_days <= LONGEST_STALE:
        remedy = "Leave it out where deals never get stale."
        yield (*place, "stale_days"), f"must be from 1 to {LONGEST_STALE}", remedy
    for column in stage.required:
        if column not in REQUIRABLE and not column.startswith("custom."):
            remedy = f"There are: {', '.join(REQUIRABLE)}, and custom.KEY for a deal's own field."
            yield (*place, "required"), f'has "{column[:60]}", which is no field of a deal', remedy
    if len(set(stage.required)) < len(stage.required):
        yield (*place, "required"), "says one thing twice", "Remove one of the two."


def _teams(teams: list[TeamTable]) -> Iterator[Found]:
    yield from _named(
        [(("teams", index, "name"), each.name) for index, each in enumerate(teams)], 200, MOST["teams"]
    )
    everyone = list[tuple[Where, str]]()
    for index, team in enumerate(teams):
        everyone += [(("teams", index, "members"), email) for email in team.members]
        if team.manager:
            yield from _address(("teams", index, "manager"), team.manager)
    for place, email in everyone:
        yield from _address(place, email)
    yield from _unique(everyone)


def _rooms(rooms: list[RoomTable]) -> Iterator[Found]:
    for index, room in enumerate(rooms):
        yield from _name(("rooms", index, "platform"), room.platform, 20)
        yield from _name(("rooms", index, "address"), room.address, 254)
        yield from _unique([(("rooms", index, "posts"), topic) for topic in room.posts])
        if room.posted_by:
            yield from _address(("rooms", index, "posted_by"), room.posted_by)
    for platform in sorted({room.platform for room in rooms}):
        own = [(index, room) for index, room in enumerate(rooms) if room.platform == platform]
        yield from _unique([(("rooms", index, "address"), room.address) for index, room in own])
    if len(rooms) > MOST["rooms"]:
        yield ("rooms",), f"stands {len(rooms)} times", f"There are at most {MOST['rooms']}."


def _address(place: Where, email: str) -> Iterator[Found]:
    try:
        address(email)
    except InvalidValue:
        yield place, f'has "{email[:60]}", which is no e-mail address', "Correct it."


def _named(entries: Iterable[tuple[Where, str]], longest: int, most: int) -> Iterator[Found]:
    """Names that are each sound, differ, and are not too many."""
    listed = list(entries)
    for place, name in listed:
        yield from _name(place, name, longest)
    yield from _unique(listed)
    if len(listed) > most:
        yield listed[0][0], f"stands {len(listed)} times", f"There are at most {most}."


def _name(place: Where, name: Any, longest: int) -> Iterator[Found]:
    broken = any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name)
    if broken or name != " ".join(name.split()) or not 1 <= len(name) <= longest:
        yield (
            place,
            f'has "{name[:60]}", which is no name',
            f"A name has 1 to {longest} letters, no stray spaces.",
        )


def _unique(entries: Iterable[tuple[Where, str]]) -> Iterator[Found]:
    seen = set[str]()
    for place, name in entries:
        if fold(name) in seen:
            yield place, f'has "{name[:60]}" twice', "Remove one, or give it another name."
        seen.add(fold(name))
