"""What a service says about a chat: it has moved, or it may or may not be written to."""

from __future__ import annotations

import pytest

from bot.platform import Moved, Standing
from bot.whereabouts import note
from models.member import ChatIdentity
from models.messaging.lane import Lane
from models.room import Room
from models.workspace import Workspace
from tests.bot.machine import MARC, NOW, Process

BLOCKED = Standing("telegram", MARC, reachable=False, user=MARC, by=MARC)
BACK = Standing("telegram", MARC, reachable=True, user=MARC, by=MARC)


async def noted(one: Process, said: Moved | Standing) -> str:
    async with one.database.transaction():
        return await note(said, one.database, NOW)


async def can_be_written_to() -> bool:
    return (await ChatIdentity.get(platform="telegram", user=MARC)).reachable


async def test_who_blocks_us_is_unreachable_until_they_come_back(one: Process) -> None:
    """At once, without a message that is refused first."""
    for _ in range(2):
        assert await noted(one, BLOCKED) == "unreachable"
    assert not await can_be_written_to()
    assert await noted(one, BACK) == "reachable"
    assert await can_be_written_to()


async def test_a_stranger_who_blocks_us_is_nobody(one: Process) -> None:
    """Nothing is kept of them."""
    assert await noted(one, Standing("telegram", "999", reachable=False, user="999")) == "unreachable"
    assert not await ChatIdentity.exists(user="999")


@pytest.mark.parametrize("reachable", [True, False])
@pytest.mark.parametrize("address", ["-5", "-5/7"])
async def test_a_room_that_takes_us_in_again_is_open(one: Process, address: str, reachable: bool) -> None:
    """A forum's topics with it. One that throws us out is found closed by what is posted there next, which
    tells who has to know."""
    workspace = await Workspace.get()
    rooms = [
        await Room.create(workspace=workspace, platform="telegram", address=each, posts=[], created_at=NOW)
        for each in (address, "-55")
    ]
    for room in rooms:
        await room.close("bot was kicked")
    await noted(one, Standing("telegram", "-5", reachable=reachable, by=MARC))
    ours, other = await Room.all().order_by("id")
    assert (bool(ours.closed_because), bool(other.closed_because)) == (not reachable, True)
    assert await can_be_written_to()


async def test_a_chat_that_has_moved_is_kept_at_its_new_address(one: Process) -> None:
    """Said twice, in the old chat and in the new one, it is one move."""
    await Lane.create(platform="telegram", address="-5", button=7)
    for _ in range(2):
        assert await noted(one, Moved("telegram", "-5", "-1005")) == "moved"
    lane = await Lane.get(platform="telegram", address="-1005")
    assert lane.button == 7
    assert not await Lane.exists(address="-5")
