"""Colleagues: what concerns them is told to who leads them."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.push import composer
from handlers.chat.reply import Reply, text
from models.member import ChatIdentity, Member
from models.messaging.outbox import Outgoing
from models.notification import Notification


@composer("undelivered")
async def undelivered(ctx: Context, notification: Notification) -> Reply | None:
    """Somebody's message could not be delivered; None where they can be written to again."""
    message = await Outgoing.get_or_none(id=notification.record_id, workspace_id=ctx.member.workspace_id)
    if message is None or message.member_id is None:
        return None
    member = await Member.get(id=message.member_id)
    platform = message.platform.capitalize()
    accounts = ChatIdentity.filter(member_id=member.id, platform=message.platform, address=message.address)
    if not await accounts.filter(reachable=False).exists():
        return text(
            ctx.text("⚠️ {platform} refused a message to {name}.", platform=platform, name=member.name),
            ctx.text("It says: {reason}", reason=message.error),
        )
    if await ChatIdentity.exists(member_id=member.id, reachable=True):
        return None
    return text(
        ctx.text(
            "⚠️ {name} cannot be written to on {platform} any more.", platform=platform, name=member.name
        ),
        ctx.text(
            "Reminders wait until {name} writes to me again or links another account.", name=member.name
        ),
    )
