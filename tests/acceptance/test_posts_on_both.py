"""Rooms over the wire: channels of Slack and groups of Telegram, and one colleague on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.app import App
from bot.config import Config, Database, Slack, Telegram
from models.member import ChatIdentity
from models.reminder import Reminder, ReminderState
from models.room import Room
from tests.acceptance.live import (
    LEA,
    MARC,
    SAM,
    eventually,
    invited,
    nothing_waits,
    passes,
    prepare,
    served,
    standing_clock,
)
from tests.acceptance.on_slack import Scene
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator, User


async def minutes_pass(app: App, minutes: int) -> None:
    """Let so many minutes pass, each with what falls due in it."""
    for _ in range(minutes):
        await passes(app, timedelta(minutes=1))
        await app.tick()


# -- Slack -------------------------------------------------------------------------------------------


async def test_a_channel_follows_a_deal_in_one_thread(scene: Scene) -> None:
    """The move begins it, the win answers there and is shown to the channel too; undone, it is edited."""
    async with scene.served() as app:
        sam, lea = await scene.joined(app, SAM, "Sam"), await scene.joined(app, LEA, "Léa")
        sales = scene.slack.channel("sales", [sam, lea])
        sam.mentions("here internal", sales)
        await sam.waits_for("This room is internal", channel=sales)
        sam.mentions("post here wins, moves", sales)
        await sam.waits_for("Posted here: won deals, moves", channel=sales)

        lea.says("D-142 > négociation")
        moved = await lea.waits_for("Négociation")
        await minutes_pass(app, 10)
        posted = await lea.waits_for("Léa Martin · D-142 Acme Renewal", channel=sales)
        lea.presses(moved, "Annuler")
        await lea.waits_for("Annulé")
        await minutes_pass(app, 1)
        corrected = await lea.waits_for("↩", channel=sales)
        assert corrected.ts == posted.ts

        lea.says("gagné D-142")
        lea.presses(await lea.waits_for("D-142"), "Confirmer")
        await lea.waits_for("🎉")
        await minutes_pass(app, 1)
        won = await sam.waits_for("🎉 Léa Martin", channel=sales)
        assert won.thread_ts == posted.ts
        (sent,) = [each for each in sales.messages.values() if each.ts == won.ts]
        assert sent.body["subtype"] == "thread_broadcast"


async def test_a_channel_that_nobody_vouched_for_reads_no_figures(scene: Scene) -> None:
    """The answer is in the direct message; a shared channel cannot be made internal."""
    async with scene.served() as app:
        sam, lea = await scene.joined(app, SAM, "Sam"), await scene.joined(app, LEA, "Léa")
        sales = scene.slack.channel("sales", [sam, lea], shared=True)
        sam.mentions("deal acme", sales)
        await sam.waits_for("Answer sent to you in private.", channel=sales)
        await sam.waits_for("D-142 Acme Renewal")
        sam.mentions("here internal", sales)
        await sam.waits_for("it cannot be internal")
        lea.mentions("affaire acme", sales)
        await lea.waits_for("Réponse envoyée en privé.", channel=sales)
        assert not any("Acme" in seen for seen in lea.sees(sales) if "affaire" not in seen)


@pytest.mark.parametrize("how", ["archive", "remove_bot"])
async def test_f29_a_channel_that_is_closed_is_told_of_once(scene: Scene, how: str) -> None:
    """To who chose what is posted there, with Slack's reason."""
    async with scene.served() as app:
        sam, marc = await scene.joined(app, SAM, "Sam"), await scene.joined(app, MARC)
        sales = scene.slack.channel("sales", [sam, marc])
        sam.mentions("post here moves", sales)
        await sam.waits_for("Posted here", channel=sales)
        getattr(scene.slack, how)(sales)
        for line in ("D-90 > proposal", "D-90 > negotiation"):
            marc.says(line)
            await marc.waits_for("Stage")
            await minutes_pass(app, 11)
            await nothing_waits()
        told = [seen for seen in sam.sees() if "I cannot post in" in seen]
        assert len(told) == 1
        assert {"archive": "is_archived", "remove_bot": "not_in_channel"}[how] in told[0]
        assert (await Room.get()).closed_because


# -- Telegram ----------------------------------------------------------------------------------------


@asynccontextmanager
async def on_telegram(url: str) -> AsyncIterator[tuple[TelegramEmulator, App]]:
    """Telegram, and a process of Parley that serves it."""
    await prepare(url)
    clock = standing_clock()
    async with TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram:
        settings = Telegram(token=telegram.token, api_url=telegram.url)
        async with served(Config(database=Database(url=url), telegram=settings), clock) as app:
            yield telegram, app


async def joined(telegram: TelegramEmulator, app: App, email: str, first_name: str) -> User:
    """One of the team, with their account linked."""
    person = telegram.user(first_name=first_name)
    person.says(f"/start {await invited(app, email)}")
    await person.waits_for(email)
    return person


async def test_25_a_group_reads_that_the_answer_went_to_the_asker(database_url: str) -> None:
    """With a link to the private chat; no figures in the group. An internal group reads the card."""
    async with on_telegram(database_url) as (telegram, app):
        marc, sam = await joined(telegram, app, MARC, "Marc"), await joined(telegram, app, SAM, "Sam")
        group = telegram.group("Customers")
        marc.says("/deal acme", group=group)
        told = await marc.waits_for("Answer sent to you in private.", group=group)
        assert "https://t.me/" in told.text
        card = await marc.waits_for("D-142 Acme Renewal")
        assert "12,000" in card.text
        assert not any("12,000" in seen or "Acme" in seen for seen in group.sees())
        sam.says("/here internal", group=group)
        await sam.waits_for("This room is internal", group=group)
        marc.says("/deal acme", group=group)
        await marc.waits_for("D-142 Acme Renewal", group=group)


async def test_a_group_follows_a_deal(database_url: str) -> None:
    """The second message about it answers the first."""
    async with on_telegram(database_url) as (telegram, app):
        marc, sam = await joined(telegram, app, MARC, "Marc"), await joined(telegram, app, SAM, "Sam")
        group = telegram.group("Sales")
        sam.says("/post here moves", group=group)
        await sam.waits_for("Posted here", group=group)
        for stage in ("Proposal", "Negotiation"):
            marc.says(f"D-90 > {stage}")
            await marc.waits_for("Stage")
            await minutes_pass(app, 11)
            await marc.waits_for(f"→ {stage}", group=group)
        first, second = [
            each for each in group.chat.messages.values() if each.is_bots and "D-90" in each.content.text
        ]
        assert second.reply_to is not None and second.reply_to.message_id == first.message_id
        assert (await Room.get()).name == "Sales"


# -- one colleague on both ---------------------------------------------------------------------------


async def test_a_reminder_answered_on_one_platform_is_edited_on_the_other(database_url: str) -> None:
    """One member, one reminder: pushed where they spoke last, after a block on the other, and done once."""
    await prepare(database_url)
    clock = standing_clock()
    async with (
        TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram,
        SlackEmulator(rate_limits=False, clock=lambda: clock.now().timestamp()) as slack,
    ):
        config = Config(
            database=Database(url=database_url),
            telegram=Telegram(token=telegram.token, api_url=telegram.url),
            slack=Slack(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url),
        )
        async with served(config, clock) as app:
            mobile = await joined(telegram, app, MARC, "Marc")
            desk = slack.user("Marc")
            await slack.connected()
            await minutes_pass(app, 1)  # so that it is the one used last
            desk.says(f"link {await invited(app, MARC)}")
            await desk.waits_for(MARC)
            await mobile.waits_for("A further chat account was linked to you: Slack")
            assert len(set(await ChatIdentity.all().values_list("member_id", flat=True))) == 1

            desk.says("remind call Omar in 1 minute")
            await desk.waits_for("call Omar")
            await minutes_pass(app, 1)
            pushed = await desk.waits_for("⏰ call Omar\n")
            mobile.says("today")
            await mobile.waits_for("call Omar")
            mobile.says("done 1")
            await mobile.waits_for("✅ Done by Marc Ellis")
            edited = await desk.waits_for("✅ Done by Marc Ellis")
            assert edited.ts == pushed.ts
            await eventually(Reminder.filter(state=ReminderState.DONE).exists)
            await nothing_waits()
            assert not any("⏰ call Omar\n" in seen for seen in mobile.sees())
