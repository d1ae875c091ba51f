"""Who sends more than they may is told so, once a minute, wherever it was too much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import outbox
from bot.database import Database
from bot.outbox import Place
from handlers.chat.i18n import Locale
from handlers.help import too_much
from models.member import ChatIdentity
from models.messaging.outbox import Outgoing
from models.notification import Priority


async def tell(
    platform: str, senders: Sequence[str], database: Database, holder: str, now: datetime
) -> list[Outgoing]:
    """Put it into each one's own chat, unless another process just has. Inside a transaction."""
    told = list[Outgoing]()
    accounts = ChatIdentity.filter(platform=platform, user__in=list(senders), member__active=True)
    for account in await accounts.select_related("member"):
        key = f"flood:{account.id}:{now:%Y-%m-%dT%H:%M}"
        if await Outgoing.exists(dedupe_key=key):
            continue
        member = account.member
        place = Place(platform, account.address, member.locale, member.workspace_id, member.id)
        reply = too_much(Locale(member.locale, member.zone))
        # Before the answers that are still to come: it says that there will be no others.
        told.append(
            await outbox.put(
                database, reply, place, key=key, now=now, holder=holder, priority=Priority.AT_ONCE
            )
        )
    return told
