"""A conversation on Slack: the whole of Parley against a workspace that speaks Slack's protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from models.activity import Activity
from models.deal import Deal, Stage
from models.member import ChatIdentity
from models.messaging.inbox import Incoming
from models.messaging.outbox import Outgoing
from models.messaging.read_mark import ReadMark
from models.reminder import Reminder, ReminderState
from models.room import Room
from models.workspace import Workspace
from tests.acceptance.live import (
    LEA,
    MARC,
    NORA,
    eventually,
    invited,
    invited_from_outside,
    nothing_waits,
    passes,
    set_aside,
)
from tests.acceptance.on_slack import Scene
from tests.bot.machine import LoopTime
from tests.emulators.slack import Shown, SlackEmulator


async def test_a_rep_joins_and_works(scene: Scene) -> None:
    """From the code that the command line printed to a reminder that was done on its push."""
    async with scene.served() as app:
        await scene.slack.connected()
        marc = scene.slack.user("Marc")
        marc.says(f"link {await invited_from_outside(scene.config.database.url, MARC)}")
        assert "Language EN" in (await marc.waits_for(MARC)).seen

        marc.says("call Jane about pilot")
        asked = await marc.waits_for("Which Jane?")
        assert not await Activity.exists()
        marc.presses(asked, "Jane Roy · Globex")
        logged = await marc.waits_for("Call logged")
        assert logged.ts == asked.ts
        assert (await Activity.get()).notes == "about pilot"

        marc.says("globex pilot > proposal 9k")
        moved = await marc.waits_for("Stage Qualified → Proposal")
        marc.presses(moved, "Undo")
        await marc.waits_for("Undone")
        deal = await Deal.get(number=90)
        assert ((await Stage.get(id=deal.stage_id)).name, deal.amount) == ("Qualified", 800_000)

        marc.commands("/crm", "remind send the quote to Jane Roy in 1 minute")
        await marc.waits_for("send the quote")
        await passes(app, timedelta(minutes=1))
        pushed = await marc.waits_for("⏰ send the quote to Jane Roy\n")
        assert not pushed.private
        marc.presses(pushed, "Done")
        done = await marc.waits_for("✅ Done by Marc Ellis")
        assert done.ts == pushed.ts
        assert (await Reminder.get()).state is ReminderState.DONE
        await nothing_waits()
        assert await set_aside() == []
    assert scene.slack.refused == ()


async def test_the_same_in_french(scene: Scene) -> None:
    """Commands and answers, buttons and errors."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
        logged = await lea.waits_for("Appel enregistré")
        lea.presses(logged, "Annuler")
        await lea.waits_for("Annulé")
        assert not await Reminder.filter(deleted_at=None).exists()


async def test_a_code_serves_once_and_not_in_a_channel(scene: Scene) -> None:
    """The second account that sends it stays a stranger; one that everybody read is used up."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        eve = scene.slack.user("Eve")
        sales = scene.slack.channel("sales", [marc, eve])
        code = await invited(app, NORA)
        eve.mentions(f"link {code}", sales)
        await eve.waits_for("A code is for a private chat", channel=sales)
        eve.says(f"link {code}")
        await eve.waits_for("This link has expired or was used")
        eve.says("find Jane")
        await eve.waits_for("I do not know you yet")
        assert await ChatIdentity.filter(platform="slack").count() == 1


async def test_the_first_account_is_told_of_a_second(scene: Scene) -> None:
    """Whoever took it over without asking is found out."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await scene.joined(app, MARC, "Eve")
        await marc.waits_for("A further chat account was linked to you: Slack")


async def test_a_stranger_is_told_how_to_get_in(scene: Scene) -> None:
    """In their direct message, by the slash command, and by a press on a colleague's button."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        eve = scene.slack.user("Eve")
        sales = scene.slack.channel("sales", [marc, eve])
        workspace, now = await Workspace.get(), app.clock.now()
        await Room.create(
            workspace=workspace, platform="slack", address=sales.id, internal=True, created_at=now
        )
        marc.mentions("remind call Omar in 2h", sales)
        mine = await marc.waits_for("call Omar", channel=sales)
        eve.commands("/crm", "find Jane", sales)
        assert (await eve.waits_for("I do not know you yet")).private
        eve.presses(mine, "Undo")
        await eve.waits_for("I do not know you yet")
        await nothing_waits()
        assert not await Reminder.filter(deleted_at__isnull=False).exists()


async def test_a_forged_button_does_nothing(scene: Scene) -> None:
    """A made-up token, and one that belongs to a colleague's chat: both are outdated."""
    async with scene.served() as app:
        marc, nora = await scene.joined(app, MARC), await scene.joined(app, NORA, "Nora")
        marc.says("remind call Omar in 2h")
        mine = await marc.waits_for("call Omar")
        nora.says("remind call Jane Doe in 2h")
        hers = await nora.waits_for("call Jane")
        for value in ("made up", mine.buttons[0].value):
            nora.presses(forged(hers, str(value)), "forged")
            await nora.waits_for("outdated")
        assert not await Reminder.filter(deleted_at__isnull=False).exists()


def forged(shown: Shown, value: str) -> Shown:
    """A message as a tampered client shows it: with a button of the person's own making."""
    button = shown.buttons[0]
    element = {**button.element, "value": value, "text": {"type": "plain_text", "text": "forged"}}
    return replace(shown, buttons=(replace(button, label="forged", value=value, element=element),))


async def test_what_comes_twice_is_one(scene: Scene) -> None:
    """A message that Slack sends again although it was acknowledged, and a press."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        said = marc.says("remind call Omar in 2h")
        receipt = await marc.waits_for("call Omar")
        for attempt in (1, 2, 3):
            scene.slack.redeliver(said, retry_attempt=attempt)
        press = marc.presses(receipt, "Undo")
        await marc.waits_for("Undone")
        scene.slack.redeliver(press.id)
        marc.says("about")
        await marc.waits_for("Parley")
        await scene.slack.settled()
        await nothing_waits()
        assert await Reminder.all().count() == 1
        assert sum("call Omar" in entry.text for entry in scene.slack.ledger if entry.kind == "posted") == 1


async def test_what_nobody_can_read_blocks_nobody(scene: Scene) -> None:
    """Events of wrong shape, between two good ones, are acknowledged and set aside."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.says("remind call 1 in 2h")
        garbled: list[dict[str, Any]] = [
            {"type": "message", "channel": marc.dm.id, "channel_type": "im", "ts": "9.1", "user": ["U1"]},
            {"type": "message", "channel": marc.dm.id, "channel_type": "im", "ts": "9.2", "user": 7},
        ]
        for event in garbled:
            scene.slack.event(event, marc.dm)
        marc.says("remind call 2 in 2h")
        await marc.waits_for("call 2")
        await scene.slack.settled()
        await nothing_waits()
        assert await Reminder.all().count() == 2
        assert len(await set_aside()) == len(garbled)


async def test_what_is_not_said_to_us_is_passed_over(scene: Scene) -> None:
    """An edit makes no second record; deletions and the talk in a channel are nobody's commands."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        sales = scene.slack.channel("sales", [marc])
        said = marc.says("remind call Omar in 2h")
        await marc.waits_for("call Omar")
        marc.edits(said, "remind call Omar in 3h")
        marc.says("remind call Eve in 2h", sales)
        marc.deletes(said)
        marc.says("about")
        await marc.waits_for("Parley")
        await scene.slack.settled()
        await nothing_waits()
        assert await Reminder.all().count() == 1
        assert not any(entry.channel == sales.id for entry in scene.slack.ledger if entry.kind == "posted")
        assert await set_aside() == []


async def test_a_lost_answer_is_found_and_not_repeated(scene: Scene) -> None:
    """Slack's history tells that the message had arrived."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        scene.slack.fault("chat.postMessage", drop="after", effect=True)
        marc.says("remind call Omar in 2h")
        await marc.waits_for("call Omar")
        await eventually(Outgoing.filter(uncertain=True).exists)
        await passes(app, timedelta(seconds=3))
        await nothing_waits()
        assert sum("call Omar" in shown for shown in marc.sees()) == 1


# -- reading back -----------------------------------------------------------------------------------


async def gives_up(slack: SlackEmulator) -> None:
    """Wait until Slack will not deliver the last message any more."""
    await slack.until(lambda: slack.deliveries[-1].gave_up)


async def test_what_was_written_while_parley_was_stopped_is_read_back_once(scene: Scene) -> None:
    """Slack has given up on it; the next start finds it in the conversation, a third start nothing new."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await eventually(ReadMark.exists)
    said_at = scene.clock.now() + timedelta(minutes=30)
    scene.clock.advance_to(said_at)
    marc.says("remind call Omar in 2h")
    marc.says("remind call Jane Doe in 3h")
    await gives_up(scene.slack)
    scene.clock.advance_to(said_at + timedelta(minutes=30))
    async with scene.served():
        await marc.waits_for("call Omar", within=15)
        await marc.waits_for("call Jane", within=15)
        await nothing_waits()
    async with scene.served():
        await scene.slack.connected()
        marc.says("about")
        await marc.waits_for("Parley")
        await eventually(lambda: has_read_on(scene))
        await nothing_waits()
        texts = [reminder.text for reminder in await Reminder.all().order_by("id")]
        assert texts == ["call Omar", "call Jane Doe"]
        assert (await Reminder.get(text="call Omar")).due_at == said_at + timedelta(hours=2)
        assert await Incoming.all().count() == 4
    assert sum("call Omar" in shown for shown in marc.sees()) == 1


async def has_read_on(scene: Scene) -> bool:
    """Whether the start has looked into the history."""
    mark = await ReadMark.get()
    return mark.until >= scene.clock.now() - timedelta(minutes=10)


async def test_what_was_written_while_the_socket_was_down_is_read_back_once(scene: Scene) -> None:
    """Parley ran all the while and could not be reached."""
    time = LoopTime()
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await eventually(ReadMark.exists)
        scene.slack.cut()
        await scene.slack.until(lambda: not scene.slack.sockets_open)
        marc.says("remind call Omar in 2h")
        await gives_up(scene.slack)
        await passes(app, timedelta(minutes=1))
        time.passes(11)  # the connection is looked after every ten seconds
        await marc.waits_for("call Omar", within=20)
        marc.says("about")
        await marc.waits_for("Parley")
        await nothing_waits()
        assert await Reminder.all().count() == 1
    assert sum("call Omar" in shown for shown in marc.sees()) == 1
