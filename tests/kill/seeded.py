"""The demo's team, with one of them at a chat: what stands in the database before the first word."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import demo, founding
from bot.database import Database
from models.change import Author
from models.member import ChatIdentity, Member
from models.reminder import Reminder
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.workspace import TEAM_ID
from tests.emulators.telegram import TelegramEmulator

FIRST_RELEASE = "tests.kill.first_release"

NAME = "Marc"
# A minute apart: what is pushed that late does not yet say so.
REMINDERS = {"send May the offer": timedelta(minutes=10), "ring Omar back": timedelta(minutes=11)}


async def seed(url: str) -> None:
    """Migrate an empty database, and fill it.

    The team is the demo's. Marc has an account on each service, as the first of its people, and two
    reminders that fall due after ``demo.NOW`` (see REMINDERS).
    """
    database = Database(url)
    await database.open()
    try:
        await database.migrate()
        async with database.transaction():
            await demo.seed(await founding.workspace(demo.SETTINGS, now=demo.WRITTEN))
            marc = await Member.get(email=demo.SPEAKER).select_related("workspace")
            await _give_accounts(marc)
            await _remind(marc)
    finally:
        await database.close()


async def _give_accounts(marc: Member) -> None:
    on_telegram = str(TelegramEmulator().user(first_name=NAME).id)
    on_slack = SlackEmulator().user(NAME)
    await ChatIdentity.create(
        member=marc,
        platform="slack",
        team=TEAM_ID,
        user=on_slack.id,
        address=on_slack.dm.id,
        last_seen_at=demo.WRITTEN,
    )
    await ChatIdentity.create(
        member=marc,
        platform="telegram",
        user=on_telegram,
        address=on_telegram,
        last_seen_at=demo.NOW,  # used last: pushes go there
    )


async def _remind(marc: Member) -> None:
    by = Author(marc, demo.WRITTEN, "before")
    for text, wait in REMINDERS.items():
        wall: datetime = (demo.NOW + wait).replace(tzinfo=None)
        await Reminder.schedule(text, by, wall=wall, zone="Europe/Paris")
