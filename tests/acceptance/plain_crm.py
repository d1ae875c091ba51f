"""The CRM once more, as plain dictionaries: what every row has to be after any row of commands.

It knows the rules only: no line, no database, no chat. Columns are named as those of the tables, so that
the two can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

OPEN_STAGES = ("New", "Qualified", "Proposal", "Negotiation")
Key = tuple[str, int]  # a record's kind and number


class Refused(Exception):
    """A rule was not met: the whole message writes nothing."""


@dataclass(eq=False)
class Write:
    """What one message did to one record; ``fields`` maps a column to before and after."""

    said: int
    by: str
    at: datetime
    key: Key
    created: bool
    fields: dict[str, tuple[Any, Any]]
    takes_back: bool = False
    undone: bool = False


@dataclass(frozen=True)
class Ring:
    """One push of a reminder."""

    number: int
    to: str
    at: datetime


@dataclass
class PlainCrm:
    """Records by kind and number, what was written in which order, and what rang.

    ``waiting`` maps a reminder's number to the instant at which it is to ring.
    """

    records: dict[Key, dict[str, Any]] = field(default_factory=dict)
    log: list[Write] = field(default_factory=list)
    waiting: dict[int, datetime] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)
    said: int = 0
    by: str = ""
    now: datetime = datetime(1, 1, 1, tzinfo=UTC)
    _mine: dict[Key, Write] = field(default_factory=dict)

    @contextmanager
    def message(self, said: int, by: str, now: datetime) -> Iterator[None]:
        """One message: all that it writes stands, or nothing. Swallows Refused, after putting all back."""
        self.said, self.by, self.now = said, by, now
        self._mine = {}
        before = deepcopy((self.records, self.log, self.waiting))
        try:
            yield
        except Refused:
            self.records, self.log, self.waiting = before

    # -- asking

    def live(self, kind: str) -> dict[int, dict[str, Any]]:
        """The records of a kind that are not deleted, by number."""
        return {key[1]: row for key, row in self.records.items() if key[0] == kind and not row["deleted_at"]}

    def deal_of(self, contact: int) -> int | None:
        """The open deal that a touch with that person is about: theirs, else their company's, if just one."""
        deals = {n: row for n, row in self.live("deal").items() if row["stage_id"] in OPEN_STAGES}
        theirs = [n for n, row in deals.items() if contact in row["contacts"]]
        company = self.records["contact", contact]["company_id"]
        if not theirs and company is not None:
            theirs = [n for n, row in deals.items() if row["company_id"] == company]
        return theirs[0] if len(theirs) == 1 else None

    # -- writing

    def add(self, kind: str, /, **values: Any) -> int:
        """A new record; returns its number, the next of its kind."""
        number = max((n for k, n in self.records if k == kind), default=0) + 1
        self.records[kind, number] = {"deleted_at": None, **values}
        self._leave((kind, number), {name: (None, value) for name, value in values.items()}, created=True)
        if kind == "reminder":
            self._place(number)
        return number

    def write(self, key: Key, **values: Any) -> None:
        """Set columns; what has that value already is no change."""
        row = self.records[key]
        changed = {name: (row[name], value) for name, value in values.items() if row[name] != value}
        row |= values
        if changed:
            self._leave(key, changed)

    def _leave(self, key: Key, changed: dict[str, tuple[Any, Any]], *, created: bool = False) -> None:
        known = self._mine.get(key)
        if known is None:
            self._mine[key] = Write(self.said, self.by, self.now, key, created, changed)
            self.log.append(self._mine[key])
            return
        known.takes_back = False
        for name, (before, after) in changed.items():
            known.fields[name] = (known.fields.get(name, (before, None))[0], after)

    # -- the commands

    def call(self, contact: int, minutes: int, notes: str) -> tuple[int | None, int | None]:
        """Log a call with somebody who is there; returns the company and the deal that it hangs on."""
        if self.records["contact", contact]["deleted_at"]:
            raise Refused
        company, deal = self.records["contact", contact]["company_id"], self.deal_of(contact)
        self._log("call", notes, contact, company, deal, duration=minutes * 60)
        return company, deal

    def note(self, key: Key, notes: str) -> None:
        """Write a note on a contact or deal."""
        self._log(
            "note", notes, key[1] if key[0] == "contact" else None, None, key[1] if key[0] == "deal" else None
        )

    def _log(
        self, kind: str, notes: str, contact: int | None, company: int | None, deal: int | None, **more: Any
    ) -> None:
        parents = {"contact_id": contact, "company_id": company, "deal_id": deal}
        self.add("activity", kind=kind, notes=notes, at=self.now, **{"duration": None, **parents, **more})

    def contact_new(self, name: str, company: int) -> None:
        """Add a person, unless somebody of that name is there already."""
        if any(row["name"] == name for row in self.live("contact").values()):
            raise Refused
        self.add("contact", name=name, company_id=company)

    def deal_new(self, name: str, company: int, amount: int) -> None:
        """Open a deal in the first stage; ``amount`` in minor units."""
        self.add(
            "deal",
            name=name,
            company_id=company,
            stage_id="New",
            amount=amount,
            currency="EUR",
            closed_at=None,
            lost_reason="",
            owner=self.by,
            contacts=[],
        )

    def move(self, deal: int, stage: str, amount: int | None) -> None:
        """Move a deal of one's own, perhaps with a new amount."""
        row = self.records["deal", deal]
        if row["deleted_at"] or row["owner"] != self.by or (stage == row["stage_id"] and amount is None):
            raise Refused
        values: dict[str, Any] = {"stage_id": stage}
        if _ending(stage) != _ending(row["stage_id"]):
            values["closed_at"] = None if stage in OPEN_STAGES else self.now
            values["lost_reason"] = "Price" if stage == "Lost" else ""
        if amount is not None:
            values |= {"amount": amount, "currency": "EUR"}
        self.write(("deal", deal), **values)

    def remind(self, text: str, due: datetime, wall: datetime, zone: str, **parents: int | None) -> None:
        """Set a follow-up for the speaker."""
        self.add(
            "reminder",
            text=text,
            due_at=due,
            wall=wall.strftime("%Y-%m-%dT%H:%M"),
            zone=zone,
            state="open",
            snoozes=0,
            completed_at=None,
            completed_by_id=None,
            member=self.by,
            **{"contact_id": None, "company_id": None, "deal_id": None, **parents},
        )

    def done(self, reminder: int) -> None:
        """Finish one of one's own that is open."""
        self._require_open(reminder)
        self.write(("reminder", reminder), state="done", completed_at=self.now, completed_by_id=self.by)
        self.waiting.pop(reminder, None)

    def snooze(self, reminder: int, due: datetime, wall: datetime, zone: str) -> None:
        """Put one of one's own off that is open."""
        self._require_open(reminder)
        snoozes = self.records["reminder", reminder]["snoozes"] + 1
        shown = wall.strftime("%Y-%m-%dT%H:%M")
        self.write(("reminder", reminder), due_at=due, wall=shown, zone=zone, snoozes=snoozes)
        self._place(reminder)

    def _require_open(self, reminder: int) -> None:
        row = self.records["reminder", reminder]
        if row["deleted_at"] or row["member"] != self.by or row["state"] != "open":
            raise Refused

    def _place(self, reminder: int) -> None:
        row = self.records["reminder", reminder]
        self.waiting.pop(reminder, None)
        if row["state"] == "open" and not row["deleted_at"]:
            self.waiting[reminder] = row["due_at"]

    # -- taking back

    def last_said(self) -> int:
        """The speaker's last message within a day that wrote something which still stands."""
        for write in reversed(self.log):
            mine = write.by == self.by and not write.takes_back and not write.undone
            if mine and write.at >= self.now - timedelta(hours=24):
                return write.said
        raise Refused

    def undo(self, said: int) -> None:
        """Take back all that a message wrote, unless something newer stands on it."""
        group = [write for write in reversed(self.log) if write.said == said and not write.undone]
        if not group or any(self._built_upon(write, group) for write in group):
            raise Refused
        for write in group:
            self._take_back(write)
        if any(write.created and self._in_use(write.key) for write in group):
            raise Refused

    def correct(self, said: int) -> None:
        """Make room for a corrected line: undo, but what wrote nothing that still stands is left at that."""
        if any(write.said == said and not write.undone for write in self.log):
            self.undo(said)

    def _built_upon(self, write: Write, group: list[Write]) -> bool:
        later = self.log[self.log.index(write) + 1 :]
        newer = [
            other
            for other in later
            if other.key == write.key and not other.takes_back and not other.undone and other not in group
        ]
        return any(write.created or other.fields.keys() & write.fields.keys() for other in newer)

    def _take_back(self, write: Write) -> None:
        self._mine.pop(write.key, None)
        before = {name: pair[0] for name, pair in write.fields.items()}
        self.write(write.key, **({"deleted_at": True} if write.created else before))
        self._mine[write.key].takes_back = True
        write.undone = True
        if write.key[0] == "reminder":
            self._place(write.key[1])

    def _in_use(self, key: Key) -> bool:
        column = f"{key[0]}_id"
        used = any(
            row.get(column) == key[1] and not row["deleted_at"]
            for (kind, _), row in self.records.items()
            if kind != key[0]
        )
        return used or (
            key[0] == "contact" and any(key[1] in row["contacts"] for row in self.live("deal").values())
        )

    # -- time

    def pass_until(self, now: datetime, until: datetime) -> None:
        """Let time pass: each reminder that waits rings once, when it is due or as soon as it can."""
        due = sorted((max(at, now), number) for number, at in self.waiting.items() if at <= until)
        for at, number in due:
            del self.waiting[number]
            self.rings.append(Ring(number, self.records["reminder", number]["member"], at))


def _ending(stage: str) -> str:
    return "" if stage in OPEN_STAGES else stage
