"""What `parley stats` counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot import demo, founding, stats
from bot.config import Workspace as Settings
from bot.database import Database
from models.activity import Activity, ActivityKind
from models.change import Author
from models.contact import Contact
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.reminder import Reminder

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)

EMPTY: dict[str, Any] = {
    "members": 0,
    "contacts": 0,
    "companies": 0,
    "leads": 0,
    "deals": 0,
    "activities": {"call": 0, "meeting": 0, "email": 0, "note": 0, "task": 0},
    "reminders": {"open": 0, "done": 0},
    "inbox": {"done": 0, "waiting": 0, "quarantined": 0},
    "outbox": {"sent": 0, "waiting": 0, "failed": 0},
}


async def test_an_empty_database_has_every_figure_and_each_is_zero(database: Database) -> None:
    """The shape does not depend on what is there."""
    assert await stats.counted() == EMPTY
    assert json.loads(json.dumps(await stats.counted())) == EMPTY


async def test_everything_that_lives_is_counted_by_its_kind_or_state(database: Database) -> None:
    """Deleted records and former members are not; messages are counted by state."""
    async with database.transaction():
        await demo.seed(await founding.workspace(Settings(), now=NOW))
        by = Author(await Member.get(email=demo.SPEAKER), NOW, "test")
        contact = await Contact.get(name="Jane Roy")
        for kind in (ActivityKind.CALL, ActivityKind.CALL, ActivityKind.NOTE):
            await Activity.log(kind, by, at=NOW, contact_id=contact.id)
        wall = datetime(2026, 10, 15, 10)
        reminders = [await Reminder.schedule("x", by, wall=wall, zone="Europe/Paris") for _ in range(3)]
        await reminders[0].complete(by)
        await (await Contact.get(name="Omar Haddad")).write(by, deleted_at=NOW)
        await Member.filter(email="sam@parley.example").update(active=False)
        await _messages()
    counts = await stats.counted()
    assert counts == {
        "members": len(demo.TEAM) - 1,
        "contacts": len(demo.PEOPLE) - 1,
        "companies": len(demo.COMPANIES),
        "leads": 1,
        "deals": len(demo.DEALS),
        "activities": {"call": 2, "meeting": 0, "email": 0, "note": 1, "task": 0},
        "reminders": {"open": 2, "done": 1},
        "inbox": {"done": 2, "waiting": 1, "quarantined": 1},
        "outbox": {"sent": 1, "waiting": 2, "failed": 1},
    }


async def _messages() -> None:
    states = [InboxState.DONE, InboxState.DONE, InboxState.WAITING, InboxState.QUARANTINED]
    for number, state in enumerate(states):
        await Incoming.create(
            platform="telegram", key=str(number), address="7", payload="{}", received_at=NOW, state=state
        )
    for number, sent in enumerate(
        [OutboxState.SENT, OutboxState.WAITING, OutboxState.WAITING, OutboxState.FAILED]
    ):
        await Outgoing.create(
            platform="telegram",
            address="7",
            language="en-GB",
            body="{}",
            dedupe_key=f"test:{number}",
            state=sent,
            created_at=NOW,
            not_before=NOW,
        )


def test_as_text_it_is_one_figure_a_line() -> None:
    """Nested figures are named by their path, figures stand under one another."""
    lines = stats.as_text({"members": 3, "inbox": {"done": 12}}).splitlines()
    assert [line.split() for line in lines] == [["members", "3"], ["inbox.done", "12"]]
    assert len({len(line) for line in lines}) == 1
