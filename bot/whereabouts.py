"""What a service says about a chat and not in it: it moved, it may be written to or not, others read it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.expressions import Q

from bot.database import Database
from bot.moved import moved
from bot.platform import Moved, Readership, Standing
from models.member import ChatIdentity
from models.messaging.inbox import Incoming
from models.room import Room

READ_BY_OTHERS = "read by others"
# A process may have looked up a moment before who reads a room, and go by that for a minute.
_OUTDATED_AFTER = timedelta(minutes=2)
# What a room said last, by the index of its rows; so much comes in two minutes of a busy one.
_MOST_LOOKED_AT = 200


async def opened_lately(room: Room, now: datetime) -> bool:
    """Whether its platform said just now, perhaps to another process, that others read it."""
    if not room.outsiders:
        return False
    here = Incoming.filter(platform=room.platform, address=room.address).order_by("-id")
    latest = await here.limit(_MOST_LOOKED_AT).values_list("outcome", "done_at")
    since = now - _OUTDATED_AFTER
    return any(outcome == READ_BY_OTHERS and at is not None and at > since for outcome, at in latest)


async def note(said: Moved | Standing | Readership, database: Database, now: datetime) -> str:
    """Keep it in mind, inside the running transaction; returns the outcome's name.

    Who blocks us is written to no more at once: reminders take another road, or wait (see bot.waiting). A
    room that throws us out is found closed by what is posted there next, which also tells who chose to post
    it.
    """
    if isinstance(said, Moved):
        await moved(database, said.platform, said.old, said.new)
        return "moved"
    if isinstance(said, Readership):
        # What is posted there next goes by it; nobody has to speak there first.
        await Room.filter(platform=said.platform, address=said.address).update(outsiders=said.outsiders)
        return READ_BY_OTHERS if said.outsiders else "read by colleagues"
    if said.user:
        await _account(said, now)
    elif said.reachable:
        # With the topics of a forum, each of which is a room of its own beneath its chat's address.
        there = Q(address=said.address) | Q(address__startswith=f"{said.address}/")
        await Room.filter(there, platform=said.platform).update(closed_because="")
    return "reachable" if said.reachable else "unreachable"


async def _account(said: Standing, now: datetime) -> None:
    accounts = ChatIdentity.filter(platform=said.platform, team="", user=said.user)
    seen = {"last_seen_at": now} if said.reachable else {}
    await accounts.update(reachable=said.reachable, **seen)
