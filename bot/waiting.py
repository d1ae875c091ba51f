"""Waiting: whoever cannot be written to any more while things wait for them; who leads them is told."""

from __future__ import annotations

from datetime import datetime

from tortoise.expressions import Subquery

from bot import outbox
from models.member import ChatIdentity, Member
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification, NotificationState

# Messages that did not reach somebody before it is told: one may be a slip of the finger on "block".
_TOLD_FROM = 3


async def report(now: datetime) -> None:
    """Let the leaders know of members whose accounts all refuse us and who missed three messages by that.

    Once until they have written again. Inside a transaction. See handlers.team.
    """
    reached = Subquery(ChatIdentity.filter(reachable=True).values("member_id"))
    lost = Subquery(ChatIdentity.filter(reachable=False).values("member_id"))
    for member in await Member.filter(id__in=lost, active=True).exclude(id__in=reached):
        last = await ChatIdentity.filter(member_id=member.id).order_by("-last_seen_at").first()
        if last is not None and await _missed(member, last.last_seen_at, now) >= _TOLD_FROM:
            await _tell(member, last.last_seen_at, now)


async def _missed(member: Member, since: datetime, now: datetime) -> int:
    """How many pushes wait for them, and how many answers were lost on them since they last wrote."""
    waiting = Notification.filter(member_id=member.id, state=NotificationState.WAITING, due_at__lte=now)
    refused = Outgoing.filter(state=OutboxState.FAILED, member_id=member.id, created_at__gte=since)
    # A push that was refused waits again.
    answers = refused.exclude(dedupe_key__startswith=outbox.NOTIFICATION)
    return await waiting.count() + await answers.count()


async def _tell(member: Member, since: datetime, now: datetime) -> None:
    for leader in await member.leaders():
        await Notification.once(
            member=leader,
            kind="unreachable",
            key=f"unreachable:{leader.id}:{member.id}:{since:%Y-%m-%dT%H:%M:%S}",
            record_id=member.id,
            due_at=now,
        )
