"""What `parley trace` tells of a turn, and what it keeps to itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import demo, founding, trace
from bot.config import Workspace as Settings
from bot.database import Database
from bot.refused import Refused
from models.change import Author
from models.deal import Deal
from models.member import Member
from models.messaging.inbox import InboxState, Incoming, reference

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)


async def answered() -> Incoming:
    return await Incoming.create(
        platform="telegram",
        key="501",
        address="chat-71234",
        payload='{"text": "acme > négociation"}',
        received_at=NOW,
        state=InboxState.DONE,
        member_id=3,
        command="move",
        outcome="ok",
        done_at=NOW + timedelta(milliseconds=250),
        took_ms=12,
    )


async def test_a_turn_is_told_with_its_outcome_its_times_and_what_it_wrote(database: Database) -> None:
    """Command, outcome, times and the fields of records by their human ids; no text and no chat."""
    async with database.transaction():
        await demo.seed(await founding.workspace(Settings(), now=NOW))
        turn = await answered()
        by = Author(await Member.get(email="lea@parley.example"), NOW, f"{turn.id}.0")
        await (await Deal.get(number=142)).write(by, name="Acme Verlängerung", amount=1)
    told = await trace.told(reference(turn.id))
    lines = dict(line.split(maxsplit=1) for line in told.splitlines())
    assert lines == {
        "turn": reference(turn.id),
        "platform": "telegram",
        "received": "2026-10-14 13:30:00.000+00:00",
        "state": "done",
        "member": "3",
        "command": "move",
        "outcome": "ok",
        "attempts": "0",
        "done": "2026-10-14 13:30:00.250+00:00",
        "waited": "250 ms from receipt to answer",
        "took": "12 ms",
        "change": "D-142 written: amount, name",
    }


async def test_a_reference_is_read_as_people_write_it(database: Database) -> None:
    """In small letters, too."""
    turn = await answered()
    assert await trace.told(reference(turn.id).lower()) == await trace.told(reference(turn.id))


@pytest.mark.parametrize("ref", ["", "K7", "?????", "../..", "é" * 5, "\0" * 5])
async def test_what_is_no_reference_is_refused(database: Database, ref: str) -> None:
    """Nothing is guessed, and nothing breaks; the refusal shows what one looks like."""
    with pytest.raises(Refused, match=f"is no reference. One looks like {reference(1)}") as caught:
        await trace.told(ref)
    assert caught.value.status == 2


@pytest.mark.parametrize("ref", ["ZZZZZ", "ZZZZZ99999999999"])
async def test_a_turn_that_is_not_there_is_refused(database: Database, ref: str) -> None:
    """It may have been once: that is no mistake of whoever asks."""
    with pytest.raises(Refused, match=f"There is no turn {ref}") as caught:
        await trace.told(ref)
    assert caught.value.status == 1
