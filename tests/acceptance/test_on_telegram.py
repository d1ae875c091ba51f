"""A conversation on Telegram: the whole of Parley against a server that speaks Telegram's protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.config import Config, Database, Telegram
from models.activity import Activity
from models.deal import Deal, Stage
from models.member import ChatIdentity, Invitation
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
    SAM,
    eventually,
    invited,
    invited_from_outside,
    nothing_waits,
    passes,
    prepare,
    served,
    set_aside,
    standing_clock,
)
from tests.acceptance.telegram_scene import Scene, telegram_scene
from tests.emulators.telegram import Button, Edited, Sent, Shown, TelegramEmulator


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    async with telegram_scene(database_url) as found:
        yield found


async def test_a_rep_joins_and_works(scene: Scene) -> None:
    """From the code that the command line printed to a reminder that was done on its push."""
    marc = scene.telegram.user(first_name="Marc")
    code = await invited_from_outside(scene.url, MARC)
    marc.says(f"/start {code}")
    welcome = await marc.waits_for(MARC)
    assert "Language EN" in welcome.text

    marc.says("call Jane about pilot")
    asked = await marc.waits_for("Which Jane?")
    assert not await Activity.exists()
    marc.presses(asked, "Jane Roy · Globex")
    logged = await marc.waits_for("Call logged")
    assert isinstance(logged, Edited)
    assert logged.message_id == asked.message_id
    assert (await Activity.get()).notes == "about pilot"

    marc.says("globex pilot > proposal 9k")
    moved = await marc.waits_for("Stage Qualified → Proposal")
    marc.presses(moved, "Undo")
    await marc.waits_for("Undone")
    deal = await Deal.get(number=90)
    assert ((await Stage.get(id=deal.stage_id)).name, deal.amount) == ("Qualified", 800_000)

    marc.says("/remind send the quote to Jane Roy in 1 minute")
    await marc.waits_for("send the quote")
    await passes(scene.app, timedelta(minutes=1))
    pushed = await marc.waits_for("⏰ send the quote to Jane Roy\n")
    marc.presses(pushed, "Done")
    done = await marc.waits_for("✅ Done by Marc Ellis")
    assert isinstance(done, Edited)
    assert done.message_id == pushed.message_id
    assert (await Reminder.get()).state is ReminderState.DONE
    await nothing_waits()
    assert await set_aside() == []


async def test_the_same_in_french(scene: Scene) -> None:
    """Commands and answers, buttons and errors."""
    lea = await scene.joined(LEA, first_name="Léa", language="fr")
    lea.says("appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h")
    logged = await lea.waits_for("Appel enregistré")
    assert "Annuler" in logged.labels
    lea.presses(logged, "Annuler")
    await lea.waits_for("Annulé")
    lea.says("blabla")
    await lea.waits_for(lambda shown: shown.text)
    assert not await Reminder.filter(deleted_at=None).exists()


async def test_the_menu_is_there(scene: Scene) -> None:
    """In both languages, without anybody's hand; whatever is chosen from it is understood."""
    await scene.telegram.until(lambda: len(scene.telegram.commands) >= 4)
    menus = {code: menu for (scope, code), menu in scene.telegram.commands.items() if "private" in scope}
    assert [one["command"] for one in menus["fr"]][:2] == ["appel", "affaire"]
    lea = await scene.joined(LEA, first_name="Léa", language="fr")
    for one in menus[""] + menus["fr"]:
        lea.says(f"/{one['command']}")
        answer = await lea.waits_for(lambda shown: shown.text)
        assert "Je n’ai pas compris" not in answer.text, one


@pytest.mark.threat("S4")
async def test_a_code_serves_once(scene: Scene) -> None:
    """The second account that sends it stays a stranger, and so does one that guesses."""
    code = await invited(scene.app, MARC)
    marc, eve = scene.telegram.user(first_name="Marc"), scene.telegram.user(first_name="Eve")
    marc.says(f"/start {code}")
    await marc.waits_for(MARC)
    eve.says(f"/start {code}")
    await eve.waits_for("This link has expired or was used")
    eve.says("find Jane")
    await eve.waits_for("I do not know you yet")
    assert await ChatIdentity.filter(platform="telegram").count() == 1


@pytest.mark.threat("S4")
async def test_the_first_account_is_told_of_a_second(scene: Scene) -> None:
    """Whoever took it over without asking is found out."""
    marc = await scene.joined(MARC)
    await scene.joined(MARC, first_name="Eve")
    await marc.waits_for("A further chat account was linked to you: Telegram · Eve")


@pytest.mark.threat("S4")
async def test_a_code_in_a_group_is_refused_and_used_up(scene: Scene) -> None:
    """Everybody there has read it."""
    code = await invited(scene.app, MARC)
    eve, sales = scene.telegram.user(first_name="Eve"), scene.telegram.group("Sales")
    eve.says(f"/start@parley_bot {code}", group=sales)
    await eve.waits_for("A code is for a private chat with me", group=sales)
    assert not await ChatIdentity.filter(platform="telegram").exists()
    eve.says(f"/start {code}")
    await eve.waits_for("This link has expired or was used")


async def test_a_stranger_is_told_how_to_get_in(scene: Scene) -> None:
    """Once a day, whatever they say or press; nothing of anybody's is shown."""
    marc = await scene.joined(MARC)
    marc.says("remind call Omar in 2h")
    mine = await marc.waits_for("call Omar")
    eve = scene.telegram.user(first_name="Eve", language_code="fr")
    eve.says("qui est Jane")
    told = await eve.waits_for("Je ne vous connais pas encore")
    press = eve.presses(forged(told, mine.buttons[0][0].data), "forged")
    await scene.telegram.until(lambda: press not in scene.telegram.pending)
    await nothing_waits()
    assert "Jane" not in "".join(eve.sees())
    assert not await Reminder.filter(deleted_at__isnull=False).exists()


def forged(shown: Shown, data: str) -> Shown:
    """A message as a tampered client shows it: with a button of the person's own making."""
    return replace(shown, buttons=((Button("forged", data),),))


@pytest.mark.threat("S3")
async def test_a_username_is_nobody(scene: Scene) -> None:
    """Who takes over the username that a member gave up is a stranger; the member stays who they are."""
    marc = await scene.joined(MARC)
    marc.json["username"] = "marcp"
    marc.says("about")
    await marc.waits_for("Parley")
    marc.json["username"] = "marc_of_old"
    eve = scene.telegram.user(first_name="Marc", username="marcp")
    eve.says("find Jane")
    await eve.waits_for("I do not know you yet")
    marc.says("who jane roy")
    await marc.waits_for("Globex")


async def test_a_colleague_is_mentioned_without_a_username(scene: Scene) -> None:
    """By their account, whatever the writer calls them."""
    nora = await scene.joined(NORA, first_name="Nora")
    marc = await scene.joined(MARC)
    line = "assign D-142 Marcus"
    entity = {"type": "text_mention", "offset": 13, "length": 6, "user": marc.json}
    nora.says(line, entities=[entity])
    asked = await nora.waits_for("Marc Ellis")
    assert "D-142" in asked.text


async def test_an_edit_amends_what_the_message_wrote(scene: Scene) -> None:
    """In place of the receipt, and never as a second record."""
    marc = await scene.joined(MARC)
    marc.says("call Jane Roy 20m: wants 50 seats")
    receipt = await marc.waits_for("Call logged")
    marc.edits(marc.said[-1], "call Jane Roy 25m: wants 60 seats")
    amended = await marc.waits_for("20 min → 25 min")
    assert isinstance(amended, Edited)
    assert amended.message_id == receipt.message_id
    call = await Activity.get()
    assert (call.duration, call.notes) == (1500, "wants 60 seats")
    marc.presses(amended, "Undo")
    await marc.waits_for("Undone")
    assert (await Activity.get()).duration == 1200


async def test_who_is_linked_and_presses_start_is_helped(scene: Scene) -> None:
    """As after letting the bot write again; a code for another account is for who asks for it."""
    marc = await scene.joined(MARC)
    marc.says("/start")
    helped = await marc.waits_for(lambda shown: shown.text)
    assert "What I understand" in helped.text
    assert not await Invitation.filter(used_at=None).exists()


async def test_a_forged_button_does_nothing(scene: Scene) -> None:
    """A made-up token, and one that belongs to a colleague's chat: both are outdated."""
    marc, nora = await scene.joined(MARC), await scene.joined(NORA, first_name="Nora")
    marc.says("remind call Omar in 2h")
    mine = await marc.waits_for("call Omar")
    nora.says("about")
    hers = await nora.waits_for("Parley")
    for data in ("made up", mine.buttons[0][0].data):
        nora.presses(forged(hers, data), "forged")
    await scene.telegram.until(lambda: len(nora.popups()) == 2)
    assert all("outdated" in popup for popup in nora.popups())
    assert not await Reminder.filter(deleted_at__isnull=False).exists()


async def test_an_update_that_comes_twice_is_one(scene: Scene) -> None:
    """Whether it was confirmed or not; a press too."""
    marc = await scene.joined(MARC)
    said = marc.says("remind call Omar in 2h")
    receipt = await marc.waits_for("call Omar")
    for _ in range(3):
        scene.telegram.redeliver(said)
    press = marc.presses(receipt, "Undo")
    await marc.waits_for("Undone")
    scene.telegram.redeliver(press)
    marc.says("about")
    await marc.waits_for("Parley")
    await nothing_waits()
    assert await Reminder.all().count() == 1
    sent = [record.text for record in scene.telegram.ledger if isinstance(record, Sent)]
    assert sum("call Omar" in text for text in sent) == 1


async def test_what_nobody_can_read_blocks_nobody(scene: Scene) -> None:
    """Updates of wrong shape, between two good ones, are confirmed and set aside."""
    marc = await scene.joined(MARC)
    marc.says("remind call 1 in 2h")
    garbled: list[dict[str, object]] = [
        {"message": {"message_id": "seven", "chat": {"id": marc.id, "type": "private"}}},
        {"message": None},
        {"of_the_future": {"a": 1}},
        {},
    ]
    for update in garbled:
        scene.telegram.raw(update)
    marc.says("remind call 2 in 2h")
    await marc.waits_for("call 2")
    await scene.telegram.until(lambda: not scene.telegram.pending, 10)
    await nothing_waits()
    assert await Reminder.all().count() == 2
    assert len(await set_aside()) == len(garbled)
    assert scene.telegram.polls < 20


@pytest.mark.threat("S3")
async def test_what_is_not_said_to_us_is_passed_over(scene: Scene) -> None:
    """Forwarded words are no command; other bots' and channels' act for nobody."""
    marc, sales = await scene.joined(MARC), scene.telegram.group("Sales")
    sales.hears_all = True
    origin = {"type": "user", "sender_user": marc.json, "date": 1_790_000_000}
    marc.shares.forwarded("/remind call Eve in 2h", origin, group=sales)
    marc.says("remind call Eve in 2h", group=sales)
    chat = {"id": marc.id, "type": "private"}
    message = {"message_id": 900, "date": 1_790_000_000, "chat": chat, "from": marc.json}
    foreign = [
        message | {"text": "remind call Eve in 2h", "from": marc.json | {"is_bot": True}},
        message | {"text": "remind call Eve in 2h", "sender_chat": {"id": -5, "type": "channel"}},
        message | {"text": "remind call Eve in 2h", "via_bot": marc.json | {"is_bot": True}},
    ]
    for one in foreign:
        scene.telegram.raw({"message": one})
    marc.says("about")
    await marc.waits_for("Parley")
    await nothing_waits()
    assert not await Reminder.exists()
    assert await Incoming.filter(outcome="ignored").count() == 2 + len(foreign)


async def test_who_blocks_the_bot_gets_the_reminder_when_they_come_back(scene: Scene) -> None:
    """Late, once; their manager is told meanwhile, from the third that waits."""
    marc, nora = await scene.joined(MARC), await scene.joined(NORA, first_name="Nora")
    for line in (
        "remind call Omar in 1 minute",
        "remind call Eve in 1 minute",
        "remind call Ann in 1 minute",
    ):
        marc.says(line)
        await marc.waits_for(line[7:15])
    marc.blocks()
    await passes(scene.app, timedelta(minutes=1))
    await eventually(ChatIdentity.filter(platform="telegram", reachable=False).exists)
    await passes(scene.app, timedelta(minutes=1))
    await nora.waits_for("Marc Ellis cannot be written to on Telegram any more")
    marc.unblocks()
    for _ in range(3):
        await passes(scene.app, timedelta(minutes=1))
        nora.says("about")
        await nora.waits_for("Parley")
    marc.says("today")
    pushed = await marc.waits_for("⏰ call Omar\n", within=10)
    assert "Late: it was due" in pushed.text
    assert sum("⏰ call Omar\n" in shown for shown in marc.sees()) == 1
    scene.telegram.calls[:] = [call for call in scene.telegram.calls if call.status != 403]


async def test_who_blocks_the_bot_is_not_written_to(scene: Scene) -> None:
    """Telegram says so at once: nothing is tried, and what falls due comes when they let it write again."""
    marc = await scene.joined(MARC)
    marc.says("remind call Omar in 1 minute")
    await marc.waits_for("call Omar")
    marc.blocks()
    await eventually(ChatIdentity.filter(platform="telegram", reachable=False).exists)
    for _ in range(3):
        await passes(scene.app, timedelta(minutes=1))
    marc.unblocks()
    await marc.waits_for("⏰ call Omar\n", within=10)
    assert await ChatIdentity.filter(platform="telegram", reachable=True).exists()


async def test_a_group_that_becomes_a_supergroup_is_the_same_room(scene: Scene) -> None:
    """What was declared and what waits goes along, whether Telegram says it or refuses the old one."""
    sam = await scene.joined(SAM, first_name="Sam")
    sales = scene.telegram.group("Sales")
    at = {"platform": "telegram", "address": str(sales.id)}
    await Room.bulk_create(
        [
            Room(
                workspace=await Workspace.get(),
                internal=True,
                posts=[],
                created_at=scene.app.clock.now(),
                **at,
            )
        ]
    )
    until = scene.app.clock.now() + timedelta(seconds=30)
    scene.telegram.fault("sendMessage", chat_id=sales.id, retry_after=30)
    sam.says("/deal D-142", group=sales)
    await eventually(Outgoing.filter(not_before=until).exists)
    new = sales.becomes_supergroup(sam, -1001234567890)
    await eventually(Outgoing.filter(address=str(new.id), not_before=until).exists)
    await passes(scene.app, timedelta(seconds=31))
    await sam.waits_for("D-142 Acme Renewal", group=new, within=10)
    assert (await Room.get()).address == str(new.id)


async def test_the_old_address_of_a_group_is_found_out(scene: Scene) -> None:
    """Where the notice of the move was lost, the refusal names the new chat."""
    sam = await scene.joined(SAM, first_name="Sam")
    sales = scene.telegram.group("Sales")
    until = scene.app.clock.now() + timedelta(seconds=30)
    scene.telegram.fault("sendMessage", chat_id=sales.id, retry_after=30)
    sam.says("/about", group=sales)
    await eventually(Outgoing.filter(not_before=until).exists)
    new = scene.telegram.group("Sales", kind="supergroup")
    sales.chat.became = new.id
    await passes(scene.app, timedelta(seconds=31))
    await sam.waits_for("Parley", group=new, within=10)
    scene.telegram.calls[:] = [call for call in scene.telegram.calls if "upgraded" not in call.description]


async def test_a_throttled_chat_waits_and_no_other(scene: Scene) -> None:
    """Exactly as long as Telegram says, by the clock."""
    marc, nora = await scene.joined(MARC), await scene.joined(NORA, first_name="Nora")
    until = scene.app.clock.now() + timedelta(seconds=30)
    scene.telegram.fault("sendMessage", chat_id=marc.id, retry_after=30)
    marc.says("about")
    nora.says("about")
    await nora.waits_for("Parley")
    await eventually(Outgoing.filter(not_before=until).exists)
    await passes(scene.app, timedelta(seconds=29))
    nora.says("today")
    await nora.waits_for("Nothing is due today")
    assert not any("Parley" in shown for shown in marc.sees())
    await passes(scene.app, timedelta(seconds=1))
    await marc.waits_for("Parley")


async def test_a_long_absence_is_told_to_the_admins(database_url: str) -> None:
    """Telegram keeps updates for a day; what was said before that may be missing, and each is told once."""
    await prepare(database_url)
    clock = standing_clock()
    async with TelegramEmulator(flood_limits=False, clock=lambda: clock.now().timestamp()) as telegram:
        settings = Telegram(token=telegram.token, api_url=telegram.url)
        config = Config(database=Database(url=database_url), telegram=settings)
        async with served(config, clock) as app:
            sam = await Scene(telegram, app, database_url).joined(SAM, first_name="Sam")
            await eventually(ReadMark.exists)
        for away in (timedelta(hours=23), timedelta(hours=30), timedelta(hours=1)):
            clock.advance_to(clock.now() + away)
            sam.says("about")
            async with served(config, clock):
                await sam.waits_for("Parley")
                if away > timedelta(days=1):
                    await sam.waits_for("may be missing", within=10)
                await nothing_waits()
        told = [shown for shown in sam.sees() if "may be missing" in shown]
        assert len(told) == 1
        assert "Telegram keeps it for a day only" in told[0]


async def test_a_lost_answer_is_repeated_once_and_says_so(scene: Scene) -> None:
    """Telegram has no history to look in."""
    marc = await scene.joined(MARC)
    scene.telegram.fault("sendMessage", chat_id=marc.id, drop="after")
    marc.says("remind call Omar in 2h")
    await marc.waits_for("call Omar")
    await eventually(Outgoing.filter(uncertain=True).exists)
    await passes(scene.app, timedelta(seconds=3))

    def again(shown: Shown) -> bool:
        return "(sent again)" in shown.text

    await marc.waits_for(again)
    await nothing_waits()
    assert await Reminder.all().count() == 1
    assert sum("call Omar" in shown for shown in marc.sees()) == 2
