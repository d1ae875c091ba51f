"""Any row of commands, by two members, with time passing, corrections and repeats: rows as in plain dicts."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot import demo
from bot.console.adapter import arrival
from bot.platform import Arrival
from models.activity import Activity
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Member
from models.messaging.inbox import Incoming
from models.messaging.outbox import Outgoing
from models.reminder import Reminder
from tests.acceptance.made_up import buttons
from tests.acceptance.plain_crm import OPEN_STAGES, Key, PlainCrm, Ring, Write
from tests.driver import Conversation, Seen, conversation
from tests.effort import tries
from tests.postgres import Administrator, Copies
from tests.records import RECORDS

ZONES = {"marc": "America/New_York", "lea": "Europe/Paris"}
SPEAKERS = st.sampled_from(sorted(ZONES))
OFTEN = st.sampled_from([True, True, True, False])
NOTES = st.sampled_from(["wants blue", "left word", "veut voir le contrat", "it's too dear", "ok <b> & *c*"])
TASKS = st.sampled_from(["send the quote", "préparer la démo", "ask for the budget", "relire l'offre"])
NAMES = ("Ada Byron", "Grâce O'Malley", "Jean-Luc Picot", "Šárka Øvre", "Łukasz Wrona")
PROJECTS = ("Extranet", "Rollout", "Fêtes", "Re-fit", "Pilot")
STAGES = {
    "marc": {**{stage: stage.lower() for stage in OPEN_STAGES}, "Won": "won", "Lost": "lost"},
    "lea": {
        "New": "nouveau",
        "Qualified": "qualifié",
        "Proposal": "proposition",
        "Negotiation": "négociation",
        "Won": "gagné",
        "Lost": "perdu",
    },
}
# Why a deal is lost, as its button says it.
REASON = {"marc": "Price", "lea": "Prix"}
# Buttons that a test still knows are those of the last few answers: numbers begin anew after 99.
_KEPT = 6


class Commands(RuleBasedStateMachine):
    """The real App with a terminal, and the dictionaries beside it."""

    # A database of its own for each run; set by the test.
    worlds: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.crm = PlainCrm()
        self.said = 0
        self.lines: list[tuple[str, str]] = []
        self.receipts: list[tuple[int, str, Seen]] = []

    # -- the world

    @initialize()
    def begin(self) -> None:
        """The demo's records are there already, on both sides."""
        self._lent = self.worlds()
        self._runner = asyncio.Runner()
        self._talking = conversation(self._lent.__enter__())
        self.talk: Conversation = self._runner.run(self._talking.__aenter__())
        self._runner.run(self._read())

    def teardown(self) -> None:
        """Give the database back."""
        if hasattr(self, "talk"):
            self._runner.run(self._talking.__aexit__(None, None, None))
            self._runner.close()
            self._lent.__exit__(None, None, None)

    async def _read(self) -> None:
        self._stages = {stage.id: stage.name for stage in await Stage.all()}
        self._logins = {member.id: member.email.partition("@")[0] for member in await Member.all()}
        self._companies = {company.name: company.number for company in await Company.all()}
        self._seeded = (await Change.all().order_by("-id").first()).id  # type: ignore[union-attr] # there are some
        self.crm.records = await self._rows()
        self.counters = {
            kind: max((n for k, n in self.crm.records if k == kind), default=0) for kind in RECORDS
        }

    # -- saying

    def _says(self, who: str, line: str) -> Seen:
        self.said += 1
        self.lines.append((who, line))
        return self._runner.run(self.talk.says(who, line))

    def _writes(self, who: str, line: str) -> Any:
        """Say a line, and give the dictionaries the message that it is."""
        seen = self._says(who, line)
        self.receipts = [*self.receipts[1 - _KEPT :], (self.said, who, seen)]
        return self.crm.message(self.said, who, self.talk.clock.now())

    def _contacts(self) -> list[int]:
        return sorted(self.crm.live("contact"))

    def _own_deals(self, who: str) -> list[int]:
        return sorted(n for n, row in self.crm.live("deal").items() if row["owner"] == who)

    # -- the rules

    @rule(who=SPEAKERS, data=st.data(), minutes=st.integers(1, 59), notes=NOTES, follow=st.booleans())
    def call(self, who: str, data: st.DataObject, minutes: int, notes: str, follow: bool) -> None:
        """Log a call, perhaps with a follow-up tomorrow at ten."""
        contact = data.draw(st.sampled_from(self._contacts()))
        name, task = self.crm.records["contact", contact]["name"], data.draw(TASKS)
        then = {"marc": f", next {task} tomorrow 10am", "lea": f", relance {task} demain 10h"}[who]
        line = {"marc": f"call {name} {minutes}m: {notes}", "lea": f"appel {name} {minutes} min : {notes}"}[
            who
        ]
        with self._writes(who, line + (then if follow else "")):
            company, deal = self.crm.call(contact, minutes, notes)
            if follow:
                due, wall = self._tomorrow(who, time(10))
                parents = {"contact_id": contact, "company_id": company, "deal_id": deal}
                self.crm.remind(task, due, wall, ZONES[who], **parents)

    @rule(who=SPEAKERS, data=st.data(), notes=NOTES)
    def note(self, who: str, data: st.DataObject, notes: str) -> None:
        """Write a note on a contact or a deal, whoever owns it."""
        keys = [(kind, n) for kind in ("contact", "deal") for n in sorted(self.crm.live(kind))]
        key: Key = data.draw(st.sampled_from(keys))
        with self._writes(who, f"note {RECORDS[key[0]].LETTER}-{key[1]} {notes}"):
            self.crm.note(key, notes)

    @rule(who=SPEAKERS, name=st.sampled_from(NAMES), company=st.sampled_from(sorted(demo.COMPANIES)))
    def contact_new(self, who: str, name: str, company: str) -> None:
        """Add a person; one whom the CRM has is only shown."""
        verb = {"marc": "contact new", "lea": "contact nouveau"}[who]
        with self._writes(who, f"{verb} {name} @ {company}"):
            self.crm.contact_new(name, self._companies[company])

    @rule(
        who=SPEAKERS,
        company=st.sampled_from(sorted(demo.COMPANIES)),
        project=st.sampled_from(PROJECTS),
        thousands=st.integers(1, 99),
    )
    def deal_new(self, who: str, company: str, project: str, thousands: int) -> None:
        """Open a deal."""
        verb = {"marc": "deal new", "lea": "affaire nouvelle"}[who]
        with self._writes(who, f"{verb} {company} {project} {thousands}k"):
            self.crm.deal_new(f"{company} {project}", self._companies[company], thousands * 100_000)

    @rule(
        who=SPEAKERS,
        data=st.data(),
        stage=st.sampled_from(sorted(STAGES["marc"])),
        thousands=st.one_of(st.none(), st.integers(1, 99)),
        sure=st.booleans(),
        own=OFTEN,
    )
    def move(
        self, *, who: str, data: st.DataObject, stage: str, thousands: int | None, sure: bool, own: bool
    ) -> None:
        """Move a deal, mostly one's own; into the last stages only when it is confirmed."""
        deals = self._own_deals(who) if own else sorted(self.crm.live("deal"))
        deal = data.draw(st.sampled_from(deals))
        row = self.crm.records["deal", deal]
        line = f"D-{deal} > {STAGES[who][stage]}{f' {thousands}k' if thousands else ''}"
        if stage in OPEN_STAGES or stage == row["stage_id"] or row["owner"] != who:
            message = self._writes(who, line)
        else:
            shown = self._says(who, line)
            if stage == "Lost":
                shown = self._says(who, shown.button(REASON[who]))
            [confirm], [cancel] = (
                buttons(shown, {"marc": "Confirm", "lea": "Confirmer"}[who]),
                buttons(shown, {"marc": "Cancel", "lea": "Annuler"}[who]),
            )
            if not sure:
                self._says(who, cancel)
                return
            message = self._writes(who, confirm)
        with message:
            self.crm.move(deal, stage, thousands * 100_000 if thousands else None)

    @rule(who=SPEAKERS, task=TASKS, hours=st.integers(1, 80))
    def remind(self, who: str, task: str, hours: int) -> None:
        """Set a follow-up, some hours ahead."""
        line = {"marc": f"remind {task} in {hours}h", "lea": f"rappel {task} dans {hours}h"}[who]
        with self._writes(who, line):
            self.crm.remind(task, *self._in(who, hours), ZONES[who])

    @rule(who=SPEAKERS, data=st.data(), hour=st.integers(7, 19))
    def remind_about(self, who: str, data: st.DataObject, hour: int) -> None:
        """Set a follow-up tomorrow, about somebody who is named in it."""
        contact = data.draw(st.sampled_from(self._contacts()))
        row = self.crm.records["contact", contact]
        words = {"marc": f"ring {row['name']} back", "lea": f"joindre {row['name']}"}[who]
        when = {"marc": f"tomorrow at {hour:02}:00", "lea": f"demain {hour}h"}[who]
        with self._writes(who, f"{'remind' if who == 'marc' else 'rappel'} {words} {when}"):
            due, wall = self._tomorrow(who, time(hour))
            parents = {"contact_id": contact, "company_id": row["company_id"]}
            self.crm.remind(words, due, wall, ZONES[who], **parents)

    @precondition(lambda self: any(key[0] == "reminder" for key in self.crm.records))
    @rule(who=SPEAKERS, data=st.data(), own=OFTEN)
    def done(self, who: str, data: st.DataObject, own: bool) -> None:
        """Finish a follow-up; one that is somebody else's, done or gone is refused."""
        reminder = self._reminder(data, who, own)
        with self._writes(who, f"{'done' if who == 'marc' else 'fait'} R-{reminder}"):
            self.crm.done(reminder)

    @precondition(lambda self: any(key[0] == "reminder" for key in self.crm.records))
    @rule(who=SPEAKERS, data=st.data(), hours=st.integers(1, 48), own=OFTEN)
    def snooze(self, who: str, data: st.DataObject, hours: int, own: bool) -> None:
        """Put a follow-up off; one that is somebody else's, done or gone is refused."""
        reminder = self._reminder(data, who, own)
        line = {"marc": f"snooze R-{reminder} in {hours}h", "lea": f"reporter R-{reminder} dans {hours}h"}[
            who
        ]
        with self._writes(who, line):
            self.crm.snooze(reminder, *self._in(who, hours), ZONES[who])

    def _reminder(self, data: st.DataObject, who: str, own: bool) -> int:
        """Any follow-up there ever was; mostly one that the speaker can do something about."""
        known = {key[1]: row for key, row in self.crm.records.items() if key[0] == "reminder"}
        mine = [n for n, row in known.items() if row["member"] == who and row["state"] == "open"]
        return int(data.draw(st.sampled_from(sorted(mine if own and mine else known))))

    @rule(who=SPEAKERS)
    def undo(self, who: str) -> None:
        """Take one's last message back."""
        with self._writes(who, {"marc": "undo", "lea": "annuler"}[who]):
            self.crm.undo(self.crm.last_said())

    @precondition(lambda self: self._offering("Undo"))
    @rule(data=st.data())
    def press_undo(self, data: st.DataObject) -> None:
        """Take a message back by its receipt, also one that was taken back already."""
        said, who, button = data.draw(st.sampled_from(self._offering("Undo")))
        with self._writes(who, button):
            self.crm.undo(said)

    @precondition(lambda self: self._offering("Edit"))
    @rule(data=st.data(), minutes=st.integers(1, 59), notes=NOTES)
    def edit_into_a_call(self, data: st.DataObject, minutes: int, notes: str) -> None:
        """Correct a message by a line that logs a call."""
        contact = data.draw(st.sampled_from(self._contacts()))
        said, who, button = data.draw(st.sampled_from(self._offering("Edit")))
        name = self.crm.records["contact", contact]["name"]
        self._says(who, button)
        with self._writes(who, f"{'call' if who == 'marc' else 'appel'} {name} {minutes}m: {notes}"):
            self.crm.correct(said)
            self.crm.call(contact, minutes, notes)

    @precondition(lambda self: self._offering("Edit"))
    @rule(data=st.data(), stage=st.sampled_from(OPEN_STAGES))
    def edit_into_a_move(self, data: st.DataObject, stage: str) -> None:
        """Correct a message by a line that moves a deal."""
        said, who, button = data.draw(st.sampled_from(self._offering("Edit")))
        deal = data.draw(st.sampled_from(self._own_deals(who)))
        self._says(who, button)
        with self._writes(who, f"D-{deal} > {STAGES[who][stage]}"):
            self.crm.correct(said)
            self.crm.move(deal, stage, None)

    def _offering(self, label: str) -> list[tuple[int, str, str]]:
        """The messages whose answer has such a button: their number, their author, the button's number."""
        shown = {"Undo": {"marc": "Undo", "lea": "Annuler"}, "Edit": {"marc": "Edit", "lea": "Modifier"}}[
            label
        ]
        return [
            (said, who, found[-1])
            for said, who, seen in self.receipts
            if (found := buttons(seen, shown[who]))
        ]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """The platform delivers an earlier message a second time: nothing is said and nothing changes."""
        said, now = data.draw(st.integers(1, self.said)), self.talk.clock.now()
        who, line = self.lines[said - 1]
        self._runner.run(self._again(arrival(line, email=f"{who}@parley.example", id=f"said {said}")))
        self.crm.pass_until(now, now)

    async def _again(self, delivery: Arrival) -> None:
        await self.talk.app.receive("console", [delivery])
        await self.talk.app.settle()
        shown = await self.talk.time.passes(timedelta(0))
        assert all(line.startswith("»") for line in shown.text.split("\n") if line)

    @rule(length=st.one_of(st.integers(1, 90), st.sampled_from([600, 1440, 3000, 15_000])))
    def time_passes(self, length: int) -> None:
        """Minutes, a night, or until after the nights on which clocks change; what is due rings."""
        now = self.talk.clock.now()
        until = now + timedelta(minutes=length)
        self._runner.run(self.talk.time.passes(until - now))
        before = len(self.crm.rings)
        self.crm.pass_until(now, until)
        if length > 600 or len(self.crm.rings) - before > _KEPT:
            self.receipts = []

    # -- time as people say it

    def _in(self, who: str, hours: int) -> tuple[datetime, datetime]:
        due = self.talk.clock.now() + timedelta(hours=hours)
        return due, due.astimezone(ZoneInfo(ZONES[who])).replace(tzinfo=None)

    def _tomorrow(self, who: str, hour: time) -> tuple[datetime, datetime]:
        zone = ZoneInfo(ZONES[who])
        wall = datetime.combine(self.talk.clock.now().astimezone(zone).date() + timedelta(days=1), hour)
        return wall.replace(tzinfo=zone).astimezone(UTC), wall

    # -- what must hold after each of them

    @invariant()
    def rows_are_those_of_the_dictionaries(self) -> None:
        """Every record, every Change, every push, and no error of ours."""
        if hasattr(self, "talk"):
            self._runner.run(self._compare())

    async def _compare(self) -> None:
        assert await self.talk.failures() == []
        assert _differences(await self._rows(), self.crm.records) == {}
        changes = [
            (write.said, *write.key, write.created, write.takes_back, write.undone, _columns(write))
            for write in self.crm.log
        ]
        assert await self._changes() == sorted(changes)
        assert await self._rings() == sorted(self.crm.rings, key=_order)

    async def _rows(self) -> dict[Key, dict[str, Any]]:
        numbers = {
            kind: {record.id: record.number for record in await RECORDS[kind].all()}
            for kind in ("contact", "company", "deal")
        }

        def parents(row: Any) -> dict[str, Any]:
            named = {f"{kind}_id": numbers[kind].get(getattr(row, f"{kind}_id")) for kind in numbers}
            return {**named, "deleted_at": row.deleted_at is not None or None}

        rows: dict[Key, dict[str, Any]] = {}
        for contact in await Contact.all():
            rows["contact", contact.number] = {
                "name": contact.name,
                "company_id": numbers["company"].get(contact.company_id or 0),
                "deleted_at": contact.deleted_at is not None or None,
            }
        for deal in await Deal.all():
            rows["deal", deal.number] = {
                "name": deal.name,
                "company_id": numbers["company"].get(deal.company_id or 0),
                "stage_id": self._stages[deal.stage_id],
                "amount": deal.amount,
                "currency": deal.currency,
                "closed_at": deal.closed_at,
                "lost_reason": deal.lost_reason,
                "owner": self._logins[deal.owner_id or 0],
                "contacts": [numbers["contact"][each] for each in await deal.contact_ids()],
                "deleted_at": deal.deleted_at is not None or None,
            }
        for activity in await Activity.all():
            rows["activity", activity.number] = {
                **{"kind": activity.kind, "notes": activity.notes, "at": activity.at},
                **{"duration": activity.duration, **parents(activity)},
            }
        for reminder in await Reminder.all():
            rows["reminder", reminder.number] = {
                **{name: getattr(reminder, name) for name in ("text", "due_at", "wall", "zone", "snoozes")},
                "state": reminder.state,
                "completed_at": reminder.completed_at,
                "completed_by_id": self._logins.get(reminder.completed_by_id or 0),
                "member": self._logins[reminder.member_id],
                **parents(reminder),
            }
        return rows

    async def _changes(self) -> list[tuple[Any, ...]]:
        keys = {row.id: int(row.key.removeprefix("said ")) for row in await Incoming.all()}
        numbers = {kind: {row.id: row.number for row in await model.all()} for kind, model in RECORDS.items()}
        found = []
        for change in await Change.filter(id__gt=self._seeded):
            said = keys[int(change.said.partition(".")[0])]
            number = numbers[change.kind][change.record_id]
            fields = [] if change.created else sorted(change.fields_json)
            found.append(
                (
                    *(said, change.kind, number, change.created),
                    *(change.undo_of is not None, change.undone_at is not None, fields),
                )
            )
        return sorted(found)

    async def _rings(self) -> list[Ring]:
        numbers = {reminder.subject: reminder.number for reminder in await Reminder.all()}
        rows = await Outgoing.filter(push=True, edits_ref=None)
        assert all(row.sent_at for row in rows)
        rings = [
            Ring(numbers[row.subject], row.address.partition("@")[0], row.sent_at)
            for row in rows
            if row.sent_at
        ]
        return sorted(rings, key=_order)


def _differences(found: dict[Key, Any], wanted: dict[Key, Any]) -> dict[Key, Any]:
    """What is there and what should be, of the records where these are not the same."""
    keys = sorted(found.keys() | wanted.keys())
    return {key: (found.get(key), wanted.get(key)) for key in keys if found.get(key) != wanted.get(key)}


def _order(ring: Ring) -> tuple[datetime, int]:
    return ring.at, ring.number


def _columns(write: Write) -> list[str]:
    """What a Change names; of a new record that is whatever it has."""
    return [] if write.created else sorted(write.fields)


# -- the two databases


@contextmanager
def _sqlite(template: Path, folder: Path) -> Iterator[str]:
    path = folder / "parley.db"
    shutil.copyfile(template, path)
    yield f"sqlite://{path}"
    for left in folder.glob("parley.db*"):
        left.unlink()


@contextmanager
def _postgres(copies: Copies, administrator: Administrator) -> Iterator[str]:
    name = copies.lend()
    yield administrator.server.url(name)
    copies.take_back(name)


def _run(worlds: Callable[[], AbstractContextManager[str]], examples: int) -> None:
    machine = type("Commands", (Commands,), {"worlds": staticmethod(worlds)})
    run_state_machine_as_test(machine, settings=tries(examples, steps=20))


def test_any_row_of_commands_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    """Rows, Changes and pushes are those of the plain dictionaries after every command."""
    _run(lambda: _sqlite(sqlite_template, tmp_path), 25)


@pytest.mark.postgresql
def test_any_row_of_commands_on_postgresql(postgres: Administrator, postgres_copies: Copies) -> None:
    """As on SQLite."""
    _run(lambda: _postgres(postgres_copies, postgres), 5)
