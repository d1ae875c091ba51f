"""Two people merge, undo and edit the same records at the same moment, each from a process of their own."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot import demo
from models.activity import Activity, ActivityKind
from models.change import Author, Change, plain
from models.contact import Contact
from models.deal import Deal, DealContact, Pipeline, Stage
from models.member import Member
from models.merge import Mergeable
from models.reminder import Reminder
from tests.driver import Seen, conversation
from tests.effort import seeds

ROOT = Path(__file__).parents[2]
PEOPLE = ("sam@parley.example", "nora@parley.example")
# Each world is raced over twice. All thousand races of a soak are new ones.
WORLDS = seeds(16, 500)
RACES_OF_A_WORLD = 2


@dataclass(frozen=True, slots=True)
class World:
    """Two contacts that belong to everyone, with a touch each, and a deal with the second of them."""

    one: Contact
    other: Contact
    deal: Deal


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does: a line typed at the start, or a button under the answer to one typed before."""

    line: str
    button: str = ""


def deeds(world: World, mark: str) -> dict[str, Deed]:
    """What can be done to the two contacts, by name; ``mark`` makes what is written unlike all else."""
    one, other, deal = world.one.reference, world.other.reference, world.deal.reference
    return {
        "edit": Deed(f"field {one} city Town {mark}"),
        "edit the other": Deed(f"field {other} city Town {mark}"),
        "tag": Deed(f"tag {one} t{mark}"),
        "call": Deed(f"call {other} 5m: the {mark}th"),
        "remind": Deed(f"remind ring {other} tomorrow 10am"),
        "leave": Deed(f"deal {deal} without {other}"),
        "join": Deed(f"deal {deal} with {one}"),
        "merge": Deed(f"merge {one} {other}", "Confirm"),
        "merge back": Deed(f"merge {other} {one}", "Confirm"),
        "delete": Deed(f"delete {other}", "Confirm"),
        "undo": Deed(f"field {one} street Road {mark}", "Undo"),
        "undo on the other": Deed(f"field {other} street Road {mark}", "Undo"),
    }


@dataclass(slots=True)
class Racer:
    """Somebody at a terminal in another process. ``seen`` is what the last answer showed."""

    process: asyncio.subprocess.Process
    seen: Seen
    outcome: str = ""

    async def says(self, line: str) -> None:
        """Say a line, and wait for the answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write((json.dumps(line) + "\n").encode())
        answer = json.loads(await self.process.stdout.readline())
        self.seen, self.outcome = Seen(answer["shown"]), answer["outcome"]
        assert answer["state"] == "done", self.seen.text
        assert self.seen.text.strip(), line

    async def is_ready(self, deed: Deed) -> str:
        """Do all that comes before the start; returns what is said then."""
        if not deed.button:
            return deed.line
        await self.says(deed.line)
        return self.seen.button(deed.button)


async def test_two_people_race_over_the_same_records(
    database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """No write is lost unseen, no merge is done by half, and each of the two gets an answer."""
    ends = Counter[str]()
    async with conversation(database_url) as talk, _racers(database_url) as racers:
        for number, seed in enumerate(WORLDS):
            world = await _world(talk.app.database, number)
            names = _names(random.Random(seed))
            lines = [
                await racer.is_ready(deeds(world, f"{number}{mark}")[name])
                for racer, name, mark in zip(racers, names, "ab", strict=True)
            ]
            story = f"{seed}: {' and '.join(names)}"
            for again in range(RACES_OF_A_WORLD):
                if again:
                    lines = [_again(racer, world, number) for racer in racers]
                both = list(zip(racers, lines, strict=True))
                await asyncio.gather(*(racer.says(line) for racer, line in both))
                ends.update(racer.outcome for racer in racers)
                story += "".join(f"\n--- {line}\n{racer.seen.text}" for racer, line in both)
                assert await _faults(world) == [], story
        assert await _faults() == []
        assert await talk.failures() == []
    races = len(WORLDS) * RACES_OF_A_WORLD
    record_property("figure", f"{races} races: {dict(ends)}")
    assert ends["ok"] > races


def _names(dice: random.Random) -> list[str]:
    """Two deeds, of which one moves or removes records."""
    names = ["merge", "merge back", "delete", "undo", "undo on the other"]
    others = [*names, "edit", "edit the other", "tag", "call", "remind", "leave", "join"]
    chosen = [dice.choice(names), dice.choice(others)]
    dice.shuffle(chosen)
    return chosen


def _again(racer: Racer, world: World, number: int) -> str:
    """The second race: who can takes back what was just done, the other one edits."""
    if "] Undo " in racer.seen:
        return racer.seen.button("Undo")
    return f"field {world.one.reference} city Later Town {number}"


@asynccontextmanager
async def _racers(url: str) -> AsyncIterator[list[Racer]]:
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.acceptance.racer", url, email),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        for email in PEOPLE
    ]
    try:
        yield [Racer(process, Seen("")) for process in processes]
    finally:
        for process in processes:
            process.stdin.close()  # type: ignore[union-attr] # it is a pipe
        assert [await process.wait() for process in processes] == [0, 0]


async def _world(database: Any, number: int) -> World:
    async with database.transaction():
        member = await Member.get(email=PEOPLE[0]).select_related("workspace")
        by = Author(member, demo.WRITTEN, f"world {number}")
        one, other = [
            await Contact.add(
                by, name=f"{first} Racer {number}", emails=[f"{first}{number}@race.example".lower()]
            )
            for first in ("One", "Other")
        ]
        for contact in (one, other):
            await Activity.log(ActivityKind.CALL, by, at=demo.WRITTEN, contact_id=contact.id)
        stage = await Stage.first_of(await Pipeline.default_of(member.workspace_id))
        deal = await Deal.add(by, name=f"Race {number}", stage_id=stage.id)
        await deal.set_contacts(by, [other.id])
    return World(one, other, deal)


# -- what must hold ----------------------------------------------------------------------------------


async def _faults(world: World | None = None) -> list[str]:
    """What does not fit together in a world; in all of them."""
    contacts = [world.one.id, world.other.id] if world else await Contact.all().values_list("id", flat=True)
    deals = [world.deal.id] if world else await Deal.all().values_list("id", flat=True)
    rows = {contact.id: contact for contact in await Contact.filter(id__in=contacts)}
    faults = [fault for contact in rows.values() for fault in await _half_merged(contact)]
    for record in (*rows.values(), *await Deal.filter(id__in=deals)):
        faults += await _lost(record)
    return faults


async def _half_merged(contact: Contact) -> list[str]:
    """A contact that is a part of another, and of which something was left behind."""
    if contact.merged_into is None:
        return []
    faults = [] if contact.deleted_at else [f"{contact.reference} is merged, and still there"]
    survivor = await Contact.get(id=contact.merged_into)
    if survivor.merged_into == contact.id:
        faults.append(f"{contact.reference} and {survivor.reference} are parts of one another")
    if missing := set(contact.emails) - set(survivor.emails):
        faults.append(f"{survivor.reference} lacks {missing}")
    for model in (Activity, Reminder):
        left = await model.filter(contact_id=contact.id, deleted_at__isnull=True)
        faults += [f"{row.reference} stayed on {contact.reference}" for row in left]
    for link in await DealContact.filter(contact_id=contact.id):
        both = await DealContact.exists(deal_id=link.deal_id, contact_id=survivor.id)
        faults += [] if both else [f"deal {link.deal_id} stayed with {contact.reference}"]
    return faults


async def _lost(record: Mergeable) -> list[str]:
    """A write that did not find what the one before it left, or that is not there."""
    columns = record._meta.db_fields
    changes = await Change.filter(kind=record.KIND, record_id=record.id).order_by("id")
    faults = list[str]()
    for name in columns:
        steps = [change.fields_json[name] for change in changes if name in change.fields_json]
        faults += [
            f"{record.reference} {name}: {left} then {right}"
            for left, right in pairwise(steps)
            if left[1] != right[0]
        ]
        if steps and steps[-1][1] != plain(getattr(record, name)):
            faults.append(f"{record.reference} {name}: {steps[-1]}, but {getattr(record, name)}")
    return faults
