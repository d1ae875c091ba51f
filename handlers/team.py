"""Colleagues: what concerns them is told to who leads them."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.push import composer
from handlers.chat.reply import Reply, text
from models.member import ChatIdentity, Member
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification


@composer("undelivered")
async def undelivered(ctx: Context, notification: Notification) -> Reply | None:
    """A service refused somebody's message for good."""
    message, member = await _message(ctx, notification)
    if message is None or member is None:
        return None
    return text(
        ctx.text(
            "⚠️ {platform} refused a message to {name}.",
            platform=message.platform.capitalize(),
            name=member.name,
        ),
        ctx.text("It says: {reason}", reason=message.error),
    )


@composer("unreachable")
async def unreachable(ctx: Context, notification: Notification) -> Reply | None:
    """Somebody cannot be written to anywhere; None where they can be again."""
    member = await Member.get_or_none(id=notification.record_id, workspace_id=ctx.member.workspace_id)
    if member is None or await ChatIdentity.exists(member_id=member.id, reachable=True):
        return None
    accounts = ChatIdentity.filter(member_id=member.id).order_by("-last_seen_at")
    platforms = ", ".join(
        dict.fromkeys(str(each).capitalize() for each in await accounts.values_list("platform", flat=True))
    )
    failed = Outgoing.filter(member_id=member.id, state=OutboxState.FAILED).exclude(error="")
    last = await failed.order_by("-id").first()
    return text(
        ctx.text(
            "⚠️ {name} cannot be written to on {platform} any more.", platform=platforms, name=member.name
        ),
        *([ctx.text("It says: {reason}", reason=last.error)] if last else []),
        ctx.text(
            "Reminders wait until {name} writes to me again or links another account.", name=member.name
        ),
    )


async def _message(ctx: Context, notification: Notification) -> tuple[Outgoing | None, Member | None]:
    """What was not delivered, and to whom."""
    workspace_id = ctx.member.workspace_id
    message = await Outgoing.get_or_none(id=notification.record_id, workspace_id=workspace_id)
    if message is None:
        return None, None
    return message, await Member.get_or_none(id=message.member_id, workspace_id=workspace_id)
