"""Departures: an account was deactivated by its platform, and with it goes the member.

Whoever may no longer use the company's chat shall not go on by another platform either: the member is shut
out, wherever they are linked. Only the last admin remains a member, without that account: somebody has to
be able to take people back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot import members, outbox
from bot.database import Database
from bot.outbox import Place
from bot.platform import Closed
from handlers import account
from handlers.chat.request import Request
from models.errors import Indispensable
from models.member import ChatIdentity, Member
from models.messaging.outbox import Outgoing

log = structlog.get_logger(__name__)

# How soon after an account was closed nothing of it has an effect any more.
NOTICED_WITHIN = timedelta(minutes=1)


def closed(parsed: object) -> Closed | None:
    """The account that was deactivated: the platform says so, or it is the sender's, whatever they say."""
    if isinstance(parsed, Closed):
        return parsed
    if not isinstance(parsed, Request):
        return None
    sender, profile = parsed.sender, parsed.people.get(parsed.sender.user)
    gone = profile is not None and not profile.active and profile.team == sender.team
    return Closed(parsed.platform, sender.team, sender.user) if gone else None


async def departed(closed: Closed, database: Database, key: str, now: datetime) -> list[Outgoing]:
    """Shut the account's member out; returns what those are told who lead them. Inside a transaction.

    ``key`` names the delivery that said so, for the outbox. Nothing happens where nobody was linked.
    """
    rows = ChatIdentity.filter(
        platform=closed.platform, team=closed.team, user=closed.user, member__active=True
    )
    identity = await rows.select_related("member__workspace").first()
    if identity is None:
        return []
    member = identity.member
    await ChatIdentity.filter(id=identity.id).delete()
    try:
        await member.require_dispensable()
    except Indispensable:
        log.warning("account closed", platform=closed.platform, member=member.id, kept="the last admin")
        return []
    await members.shut_out(member, now)
    return [
        await outbox.put(
            database,
            account.departed(member, leader.member, closed.platform),
            _place(leader),
            key=f"{key}:{leader.member_id}",
            now=now,
            holder=None,
            push=True,
        )
        for leader in await _reachable_leaders(member)
    ]


async def _reachable_leaders(member: Member) -> list[ChatIdentity]:
    """Where those who lead a member are told: each where they were last seen."""
    found = dict[int, ChatIdentity]()
    leaders = [leader.id for leader in await member.leaders()]
    rows = ChatIdentity.filter(member_id__in=leaders, reachable=True).order_by("-last_seen_at")
    for identity in await rows.select_related("member"):
        found.setdefault(identity.member_id, identity)
    return list(found.values())


def _place(leader: ChatIdentity) -> Place:
    member = leader.member
    return Place(leader.platform, leader.address, member.locale, member.workspace_id, member.id)
