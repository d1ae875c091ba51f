"""A gathering: the cast of :mod:`tests.acceptance.sight` with its records, in one app and chat service."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.models import Model

from bot import outbox
from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.config import Workspace as Settings
from bot.outbox import Place
from bot.platform import Arrival, Platform
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text
from models.change import Change
from models.deal import DealContact, Stage, create_default_pipeline
from models.member import ChatIdentity, Member
from models.messaging.focus import Focus
from models.messaging.inbox import InboxState, Incoming
from models.notification import Notification
from models.room import Room
from models.team import Team
from models.workspace import Visibility, Workspace
from tests.acceptance.planted import Sown, secrets_in, sow, word
from tests.acceptance.rooms import Rooms, Shown
from tests.acceptance.sight import CAST, HOME, Person
from tests.driver import copied, copy_in
from tests.postgres import Rows
from tests.records import RECORDS

NOW = datetime(2026, 10, 14, 15, 30, tzinfo=ZoneInfo("Europe/Paris"))
# So long ago that the word `undo` does not take it back.
SOWN = NOW - timedelta(days=8)
# Where everybody reads along.
ROOM = "room:1"
_LOCALES = {"mia": "fr-FR", "lou": "en-US"}
# What a button keeps by its id is kept by name here: ids differ from database to database.
_NAMED = ("stage:", "approval:")
_NO_ID = 2**31 - 1


@dataclass(slots=True)
class Standing:
    """What stood in the database: the columns of each row, and the highest id of each table."""

    columns: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)


class Gathering:
    """Everybody, and what they have. Its clock stands still until it is set."""

    def __init__(self, app: App, clock: SimulatedClock, rooms: Rooms) -> None:
        self.app = app
        self.clock = clock
        self.rooms = rooms
        self.members: dict[str, Member] = {}
        self.sown = Sown()
        self._keys: dict[tuple[str, int], str] = {}
        self._ids: dict[str, int] = {}
        self._offered = 0
        self._remembered = 0

    async def settle_in(self) -> None:
        """Fill the empty database."""
        async with self.app.database.transaction():
            home = await Workspace.get()
            abroad = await Workspace.create(name="Abroad", locale="en-GB", created_at=SOWN)
            await create_default_pipeline(abroad)
            for person in CAST.values():
                if person.role is not None:
                    await self._join(person, home if person.workspace == HOME else abroad)
            self.sown = await sow(self.members, at=SOWN)
            await Member.filter(id=self.members["dee"].id).update(active=False)
            for workspace in (home, abroad):
                # Among colleagues everything may stand in it: what is tried there is who may see and press.
                await Room.create(
                    workspace=workspace, platform=Rooms.name, address=ROOM, internal=True, created_at=SOWN
                )
            stages = await Stage.filter(pipeline__workspace_id=home.id)
            self._ids = {f"stage:{stage.name}": stage.id for stage in stages}
            self._ids |= {f"approval:{key}": row.id for key, row in self.sown.requests.items()}
        self._keys = {(row.KIND, row.id): key for key, row in self.sown.rows.items()}
        self._remembered = max([change.id for change in await Change.all()])

    def settled_as(self, before: Gathering) -> None:
        """Know those of another gathering: the database is a copy of its own."""
        self.members, self.sown = before.members, before.sown
        self._keys, self._ids, self._remembered = before._keys, before._ids, before._remembered

    async def _join(self, person: Person, workspace: Workspace) -> None:
        team = None
        if person.team:
            team, _ = await Team.get_or_create(workspace=workspace, name=person.team)
        member = await Member.create(
            workspace=workspace,
            team=team,
            email=f"{person.name}@parley.example",
            name=f"{person.name.capitalize()} {word(f'surname of {person.name}').capitalize()}",
            role=person.role,
            locale=_LOCALES.get(person.name, "en-GB"),
            zone="Europe/Paris",
            created_at=SOWN,
        )
        if person.manages:
            managed, _ = await Team.get_or_create(workspace=workspace, name=person.manages)
            await Team.filter(id=managed.id).update(manager_id=member.id)
        account = person.account
        await ChatIdentity.create(
            member=member,
            platform=Rooms.name,
            team=account.team,
            user=account.user,
            address=account.address,
            last_seen_at=SOWN,
        )
        self.members[person.name] = member

    async def rule(self, visibility: Visibility) -> None:
        """Let the workspace show its records so from now on."""
        await Workspace.exclude(name="Abroad").update(visibility=visibility)

    async def hear(self, *arrivals: Arrival) -> list[Shown]:
        """Let something be said or pressed; returns what was shown for it."""
        await self.app.receive(Rooms.name, arrivals)
        await self.app.settle()
        return self.rooms.taken()

    async def says(self, name: str, line: str, *, address: str = "") -> list[Shown]:
        """Let somebody of the cast say a line."""
        return await self.hear(self.rooms.typed(CAST[name].account, line, address=address))

    async def presses(
        self, name: str, token: str, *, address: str = "", under: str | None = None
    ) -> list[Shown]:
        """Let somebody of the cast press a button."""
        account = CAST[name].account
        return await self.hear(self.rooms.press(account, token, address=address, under=under))

    async def offers(
        self, name: str, offered: Iterable[Invocation], *, address: str
    ) -> list[tuple[str, str]]:
        """Let each be offered to ``name`` by a button of a message of its own: their tokens and messages."""
        member = self.members[name]
        place = Place(Rooms.name, address, member.locale, member.workspace_id, member.id)
        async with self.app.database.transaction():
            for invocation in offered:
                self._offered += 1
                reply = Reply((Text("?"), Buttons((Button("!", self._in_place(invocation)),))))
                key = f"offered:{self._offered}"
                await outbox.put(self.app.database, reply, place, key=key, now=self.clock.now())
        await self.app.settle()
        return [(shown.token("!"), shown.ref) for shown in self.rooms.taken()]

    def _in_place(self, invocation: Invocation) -> Invocation:
        """With the ids of this database."""
        arguments = {
            name: self._ids.get(value, _NO_ID)
            if isinstance(value, str) and value.startswith(_NAMED)
            else value
            for name, value in invocation.arguments.items()
        }
        return Invocation(invocation.command, arguments)

    async def forget(self) -> None:
        """Let a quarter of an hour pass in everybody's memory: nothing was shown, nothing was asked."""
        await Focus.all().delete()

    async def forget_words(self, typed: Iterable[str], converted: Collection[str]) -> None:
        """Let histories forget what was typed into records and taken back: who typed it told it.

        So did who wrote a lead into a contact; ``converted`` are the keys of such leads.
        """
        words = [json.dumps(each, ensure_ascii=False).strip('"') for each in typed]
        for change in await Change.filter(id__gt=self._remembered, created=False):
            fields = json.dumps(change.fields_json, ensure_ascii=False)
            told = {key for key, _ in secrets_in(fields, self.sown)}
            if told & set(converted) or any(word in fields for word in words):
                await change.delete()
            self._remembered = max(self._remembered, change.id)

    async def rows(self, before: Standing | None = None) -> Standing:
        """What stands in the records' tables now; of those made after ``before``, only what is new."""
        rows = Standing()
        models: tuple[type[Model], ...] = (*RECORDS.values(), DealContact, Notification)
        for model in models:
            table = model._meta.db_table
            for columns in await model.all().values():
                if before is None or columns["id"] <= before.highest.get(table, 0):
                    rows.columns[table, columns["id"]] = columns
                rows.highest[table] = max(rows.highest.get(table, 0), columns["id"])
        return rows

    async def changed(self, before: Standing) -> set[str]:
        """The keys of the planted records of which anything differs from before."""
        now = await self.rows(before)
        differing = [
            (table, before.columns.get((table, id)) or columns)
            for (table, id), columns in {**before.columns, **now.columns}.items()
            if before.columns.get((table, id)) != now.columns.get((table, id))
        ]
        return {key for table, columns in differing for key in self._belongs(table, columns)}

    def _belongs(self, table: str, columns: dict[str, Any]) -> list[str]:
        """Which planted record a row is, or is a part of."""
        match table:
            case "deal_contact":
                found = [("deal", columns["deal_id"])]
            case "notification":
                found = [(columns["kind"], columns["record_id"])]
            case _:
                found = [(table, columns["id"])]
        return [self._keys[each] for each in found if each in self._keys]

    async def hung_on(self, before: Standing) -> set[str]:
        """The keys of the planted records that rows made since then were put on.

        The company that a person or a deal brings along is not counted.
        """
        keys = set[str]()
        for kind, model in RECORDS.items():
            fresh = model.filter(id__gt=before.highest.get(model._meta.db_table, 0))
            for columns in await fresh.values():
                near = {name: columns.get(f"{name}_id") for name in ("contact", "lead", "deal")}
                if kind == "contact" or not any(near.values()):
                    near["company"] = columns.get("company_id")
                keys |= {self._keys[each] for each in near.items() if each in self._keys}
        return keys

    async def written_by(self, arrival: Arrival) -> set[int]:
        """The lines of a message that wrote something, counted from 0."""
        row = await Incoming.get(platform=Rooms.name, key=arrival.key)
        said = await Change.filter(said__startswith=f"{row.id}.").values_list("said", flat=True)
        return {int(str(name).rpartition(".")[2]) for name in said}

    async def failures(self) -> list[str]:
        """The outcomes of turns that ended in an error of ours."""
        rows = await Incoming.exclude(state=InboxState.DONE).values_list("outcome", flat=True)
        return [str(outcome) for outcome in rows]


# Where everybody has settled in, by kind of database: it takes a while, and is the same each time.
_settled: dict[str, tuple[bytes | Rows, Gathering]] = {}


@asynccontextmanager
async def gathering(url: str, *platforms: Platform) -> AsyncIterator[Gathering]:
    """A gathering in an empty database at ``url``, which ``platforms`` lead to too."""
    kind = url.partition(":")[0]
    if kind in _settled:
        await copy_in(url, _settled[kind][0])
    else:
        async with _opened(url) as first:
            await first.settle_in()
        _settled[kind] = await copied(url), first
    async with _opened(url, *platforms) as present:
        present.settled_as(_settled[kind][1])
        yield present


@asynccontextmanager
async def _opened(url: str, *platforms: Platform) -> AsyncIterator[Gathering]:
    rooms, clock = Rooms(), SimulatedClock(NOW)
    config = Config(database=Database(url=url), workspace=Settings(name="Home", locale="en-GB"))
    app = App(config, clock=clock, platforms=[rooms, *platforms])
    await app.open()
    try:
        yield Gathering(app, clock, rooms)
    finally:
        await app.close()
