"""Outages: who administers the workspace hears what may never have arrived."""

from __future__ import annotations

from datetime import UTC, datetime

from handlers.chat.context import Context
from handlers.chat.push import composer
from handlers.chat.reply import Reply, text
from models.notification import Notification


@composer("missed")
async def missed(ctx: Context, notification: Notification) -> Reply | None:
    """Nobody listened for longer than a service keeps what is said.

    The key is ``missed:platform:since:until:member``, the two in Unix seconds.
    """
    _, platform, since, until, _ = notification.key.split(":")
    return text(
        ctx.text("⚠️ Parley was away from {platform} for long.", platform=platform.capitalize()),
        ctx.text(
            "What was said between {since} and {until} may be missing: {platform} keeps it for a day only.",
            since=ctx.instant(datetime.fromtimestamp(int(since), UTC)),
            until=ctx.instant(datetime.fromtimestamp(int(until), UTC)),
            platform=platform.capitalize(),
        ),
        ctx.text("Ask your colleagues to say it again."),
    )
