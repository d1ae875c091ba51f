"""ReadingBack: how far a platform was read, so that what it could not deliver is fetched or missed aloud."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.clock import Clock
from bot.database import Database
from models.member import ChatIdentity, Member, Role
from models.messaging.lane import Lane
from models.messaging.lease import Lease
from models.messaging.read_mark import ReadMark
from models.notification import Notification


def lease_of(platform: str) -> str:
    """The lease of receiving for a platform."""
    return f"receive:{platform}"


class ReadingBack:
    """The memory of one platform, for the process that ``holder`` names. See bot.slack.backfill.Memory."""

    def __init__(self, platform: str, holder: str, database: Database, clock: Clock) -> None:
        self._platform = platform
        self._holder = holder
        self._database = database
        self._clock = clock

    async def chats(self) -> Collection[str]:
        """The addresses of all chats in which somebody ever spoke, or was spoken to."""
        lanes = await Lane.filter(platform=self._platform).values_list("address", flat=True)
        return [str(address) for address in lanes]

    async def accounts(self, team: str) -> Collection[str]:
        """The user ids of one of its workspaces that are linked to active members."""
        linked = ChatIdentity.filter(platform=self._platform, team=team, member__active=True)
        return [str(user) for user in await linked.order_by("id").values_list("user", flat=True)]

    async def read_until(self) -> datetime | None:
        """Everything sent before is in the inbox, aware UTC; None: nothing is known."""
        return await ReadMark.of(self._platform)

    async def set_read_until(self, until: datetime) -> None:
        """Note it; nothing happens where another process receives by now."""
        async with self._database.transaction():
            if await Lease.stands(lease_of(self._platform), self._holder, now=self._clock.now()):
                await ReadMark.move(self._platform, until)

    async def missed(self, since: datetime, until: datetime) -> None:
        """Tell every admin, once, that what was said between these two may never have arrived."""
        between = f"{since.timestamp():.0f}:{until.timestamp():.0f}"
        async with self._database.transaction():
            for admin in await Member.filter(role=Role.ADMIN, active=True).select_related("workspace"):
                await Notification.once(
                    member=admin,
                    kind="missed",
                    key=f"missed:{self._platform}:{between}:{admin.id}",
                    record_id=None,
                    due_at=self._clock.now(),
                )
