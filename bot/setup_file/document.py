"""What a set-up file may say. What it leaves out stays as it is; a list that it gives is the whole list."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from models.custom_field import CustomKind
from models.deal import StageKind
from models.member import Role
from models.room import Topic
from models.workspace import Visibility

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
Entity = Literal["contact", "company", "lead", "deal"]


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file: what it does not know is a mistake."""


class WorkspaceTable(_Table, frozen=True):
    """``[workspace]``."""

    name: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    week_start: Weekday | UnsetType = UNSET
    fiscal_year_start: int | UnsetType = UNSET


class ListsTable(_Table, frozen=True):
    """``[lists]``."""

    lost_reasons: list[str] | UnsetType = UNSET
    lead_sources: list[str] | UnsetType = UNSET
    outcomes: list[str] | UnsetType = UNSET


class FieldTable(_Table, frozen=True):
    """One of ``[[fields]]``: a field of one's own. ``key`` is its name in the database."""

    record: Entity
    key: str
    label: str
    kind: CustomKind
    choices: list[str] = []


class StageTable(_Table, frozen=True):
    """One of ``[[pipelines.stages]]``. ``was`` is the name of the stage that this one is, renamed."""

    name: str
    probability: int
    kind: StageKind = StageKind.OPEN
    stale_days: int | None = None
    required: list[str] = []
    was: str = ""


class PipelineTable(_Table, frozen=True):
    """One of ``[[pipelines]]``. ``was`` as a stage's."""

    name: str
    stages: list[StageTable]
    default: bool = False
    was: str = ""


class TeamTable(_Table, frozen=True):
    """One of ``[[teams]]``. Members and manager by e-mail address. ``was`` as a stage's."""

    name: str
    manager: str = ""
    members: list[str] = []
    was: str = ""


class RoomTable(_Table, frozen=True):
    """One of ``[[rooms]]``: a group or channel, by its id there. ``posted_by``: an e-mail address."""

    platform: str
    address: str
    internal: bool = False
    posts: list[Topic] = []
    posted_by: str = ""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file. ``rates`` maps a currency to its worth, ``roles`` an e-mail address to a role."""

    workspace: WorkspaceTable = WorkspaceTable()
    rates: dict[str, str] | UnsetType = UNSET
    lists: ListsTable = ListsTable()
    fields: list[FieldTable] | UnsetType = UNSET
    pipelines: list[PipelineTable] | UnsetType = UNSET
    teams: list[TeamTable] | UnsetType = UNSET
    roles: dict[str, Role] | UnsetType = UNSET
    rooms: list[RoomTable] | UnsetType = UNSET
