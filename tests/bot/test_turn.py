"""One request, one transaction: who speaks, which command it is, and what is left to say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import SimulatedClock
from bot.database import Database
from bot.platform import Arrival
from models.change import Change
from models.member import INVITATION_LIFETIME, ChatIdentity, Invitation, LinkAttempt
from models.messaging.focus import LIFETIME, Focus
from models.messaging.inbox import Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.messaging.saved_command import SavedCommand
from models.reminder import Reminder, ReminderState
from models.workspace import Workspace
from tests.bot.machine import LEA, MARC, NORA, NOW, Process, account, joins, member, team
from tests.emulators.chat_in_memory import ChatService, words

ROOM = "-5"
EXPIRED = "This link has expired or was used."


async def outcomes() -> list[str]:
    """How the turns ended, in order."""
    return [row.outcome for row in await Incoming.all().order_by("id")]


async def invited(one: Process, name: str) -> str:
    """A code that an admin made for somebody."""
    async with one.database.transaction():
        return await Invitation.issue(await member(name), now=NOW, lifetime=INVITATION_LIFETIME)


# -- who speaks ------------------------------------------------------------------------------------


async def test_a_stranger_is_told_how_to_get_in_and_nothing_else(one: Process, service: ChatService) -> None:
    """Whatever is typed, in the language of the account."""
    await one.hears(service.says("eve", "find Jane"), service.says("zoé", "qui est Jane", language="fr"))
    assert service.seen("eve")[0].startswith("I do not know you yet.")
    assert service.seen("zoé")[0].startswith("Je ne vous connais pas encore")
    assert await outcomes() == ["stranger", "stranger"]
    assert not await Focus.exists()


async def test_a_strangers_press_does_nothing(one: Process, service: ChatService) -> None:
    """The button belongs to somebody who may."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    await one.hears(service.forges("eve", service.last(MARC).button("Undo").token))
    assert not await Reminder.filter(deleted_at__not_isnull=True).exists()
    assert service.seen("eve")[0].startswith("I do not know you yet.")


async def test_an_account_is_an_id_not_a_name(one: Process, service: ChatService) -> None:
    """Whoever calls themselves Léa Martin is a stranger all the same."""
    await one.hears(service.says("eve", "today", name="Léa Martin"))
    assert await outcomes() == ["stranger"]


async def test_who_was_deactivated_is_a_stranger(one: Process, service: ChatService) -> None:
    """From that moment on, presses of buttons they were given included."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    marc = await member(MARC)
    marc.active = False
    await marc.save()
    await one.hears(service.says(MARC, "today"), service.presses(MARC, service.last(MARC), "Undo"))
    assert (await outcomes())[1:] == ["stranger", "stranger"]
    assert not await Reminder.filter(deleted_at__not_isnull=True).exists()


async def test_a_code_joins_an_account_once(one: Process, service: ChatService) -> None:
    """It answers in the member's language; the same code is worth nothing to anybody else."""
    code = await invited(one, LEA)
    await one.hears(service.says("new", f"link {code}"), service.says("eve", f"link {code}"))
    assert (
        service.seen("new")[0].startswith("Compte lié à lea@parley.example")
        or "lea@parley.example" in (service.seen("new")[0])
    )
    assert EXPIRED in service.seen("eve")[0]
    assert (await account("new")).member_id == (await member(LEA)).id
    assert await outcomes() == ["linked", "stranger"]
    await one.hears(service.says("new", "aujourd'hui"))
    assert (await outcomes())[-1] == "ok"


async def test_start_with_a_code_joins_too(one: Process, service: ChatService) -> None:
    """As Telegram's deep links send it."""
    code = await invited(one, LEA)
    await one.hears(service.says("new", f"/start {code}"))
    assert await outcomes() == ["linked"]


async def test_the_accounts_so_far_are_told_of_a_new_one(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """Each of them, in the member's language, with the platform and the name it goes by."""
    slack = ChatService("slack")
    await team(database, "telegram", "slack")
    one = Process.of(database, clock, service, slack)
    code = await invited(one, LEA)
    await one.hears(service.says("new", f"link {code}", name="Eve"))
    for chats in (service, slack):
        [told] = chats.seen(LEA)
        assert "Telegram · Eve" in told
        assert "prévenez tout de suite votre administrateur" in told
    assert len(service.seen("new")) == 1
    assert service.seen(MARC) == []


async def test_an_account_that_another_process_serves_is_told_by_that_one(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """Here it cannot be sent, and is not tried."""
    slack = ChatService("slack")
    await team(database, "telegram", "slack")
    one = Process.of(database, clock, service)
    await one.hears(service.says("new", f"link {await invited(one, LEA)}"))
    row = await Outgoing.get(platform="slack")
    assert (row.state, row.lease_holder, row.attempts) == (OutboxState.WAITING, None, 0)
    await Process.of(database, clock, slack, name="two").sends()
    assert len(slack.seen(LEA)) == 1


async def test_a_code_in_a_room_is_used_up_and_joins_nobody(one: Process, service: ChatService) -> None:
    """Others read it too."""
    code = await invited(one, LEA)
    await one.hears(service.says("new", f"link {code}", room=ROOM))
    assert "private chat" in service.seen(ROOM)[0]
    assert not await ChatIdentity.exists(user="new")
    await one.hears(service.says("new", f"link {code}"))
    assert EXPIRED in service.seen("new")[0]
    assert service.seen(LEA) == []


@pytest.mark.parametrize("late", [INVITATION_LIFETIME, INVITATION_LIFETIME + timedelta(days=1)])
async def test_a_code_ends_with_its_day(one: Process, service: ChatService, late: timedelta) -> None:
    """An old one reads like a wrong one."""
    code = await invited(one, LEA)
    one.clock.advance_to(NOW + late)
    await one.hears(service.says("new", f"link {code}"), service.says("new", "link made-up"))
    first, second = service.seen("new")
    assert first == second
    assert EXPIRED in first


async def test_guessing_is_slowed_down(one: Process, service: ChatService) -> None:
    """After five wrong codes in ten minutes the right one is not taken either; later it is."""
    code = await invited(one, LEA)
    await one.hears(*(service.says("new", f"link wrong-{number}") for number in range(5)))
    await one.hears(service.says("new", f"link {code}"))
    assert not await ChatIdentity.exists(user="new")
    assert await LinkAttempt.filter(user="new").count() == 5
    one.clock.advance_to(NOW + timedelta(minutes=11))
    await one.hears(service.says("new", f"link {code}"))
    assert await ChatIdentity.exists(user="new")


async def test_somebody_linked_cannot_take_another_account(one: Process, service: ChatService) -> None:
    """A code typed by a member changes nothing and is not used up."""
    code = await invited(one, NORA)
    await one.hears(service.says(MARC, f"link {code}"))
    assert (await account(MARC)).member_id == (await member(MARC)).id
    assert (await Invitation.get()).used_at is None


async def test_presence_is_noted_every_quarter_of_an_hour(one: Process, service: ChatService) -> None:
    """It decides where somebody is written to."""
    for minutes, seen in ((0, 0), (10, 0), (16, 16), (20, 16)):
        one.clock.advance_to(NOW + timedelta(minutes=minutes))
        await one.hears(service.says(MARC, "about"))
        assert (await account(MARC)).last_seen_at == NOW + timedelta(minutes=seen)


async def test_somebody_is_written_to_where_they_spoke_last(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """A reminder follows them from one service to the other; a terminal is for those with nothing else."""
    slack, terminal = ChatService("slack"), ChatService("console")
    await team(database, "telegram", "slack", "console")
    one = Process.of(database, clock, service, slack, terminal)
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    clock.advance_to(NOW + timedelta(minutes=30))
    await one.hears(slack.says(MARC, "today"), platform="slack")
    clock.advance_to(NOW + timedelta(minutes=60))
    await one.hears(terminal.says(MARC, "today"), platform="console")
    await one.passes(timedelta(hours=1))
    assert "⏰ call Omar" in slack.seen(MARC)[-1]
    assert not any("⏰ call Omar\n" in shown for shown in terminal.seen(MARC))


# -- what is said -----------------------------------------------------------------------------------


async def test_each_line_of_a_message_is_answered(one: Process, service: ChatService) -> None:
    """In one message; a line that is refused takes none of the others with it."""
    await one.hears(service.says(MARC, "remind call Omar in 2h\ndone R-99\nremind call Jane in 3h"))
    assert [reminder.text for reminder in await Reminder.all().order_by("id")] == ["call Omar", "call Jane"]
    [answer] = service.seen(MARC)
    assert answer.index("call Omar") < answer.index("R-99") < answer.index("call Jane")


async def test_a_line_that_is_refused_leaves_nothing(one: Process, service: ChatService) -> None:
    """What it had written before the rule refused it is undone, and the sentence says why."""
    await one.hears(service.says(MARC, "done R-99"))
    assert await outcomes() == ["refused: NotFound"]
    assert not await Change.exists()
    assert "R-99" in service.seen(MARC)[0]


async def test_an_answer_in_a_room_quotes_what_it_answers(one: Process, service: ChatService) -> None:
    """Others write there meanwhile; in a private chat there is nothing to quote."""
    await one.hears(asked := service.says(MARC, "about", room=ROOM), service.says(MARC, "about"))
    in_room, in_private = sorted(service.arrived, key=lambda message: message.address)
    assert (in_room.answers, in_private.answers) == (f"said {asked.key}", None)


async def test_what_is_private_leaves_a_room(one: Process, service: ChatService) -> None:
    """The answer goes to the asker's own chat, and the room is told so."""
    await one.hears(service.says(MARC, "link", room=ROOM))
    assert service.seen(ROOM) == ["Answer sent to you in private."]
    assert "link " in service.seen(MARC)[0]


async def test_relative_times_count_from_when_it_was_said(one: Process, service: ChatService) -> None:
    """Not from when it was read, which may be an hour later after an outage."""
    said_at = NOW - timedelta(hours=1)
    await one.hears(service.says(MARC, "remind call Omar in 2h", sent_at=said_at))
    assert (await Reminder.get()).due_at == said_at + timedelta(hours=2)


async def test_a_platforms_clock_that_runs_ahead_is_not_believed(one: Process, service: ChatService) -> None:
    """Nothing was said in the future."""
    await one.hears(service.says(MARC, "remind call Omar in 2h", sent_at=NOW + timedelta(hours=5)))
    assert (await Reminder.get()).due_at == NOW + timedelta(hours=2)


async def test_what_was_shown_is_kept_in_mind_for_a_quarter_of_an_hour(
    one: Process, service: ChatService
) -> None:
    """“1” is the first line of the last list only so long."""
    await one.hears(service.says(MARC, "remind call Omar in 2h"), service.says(MARC, "today"))
    assert (await Focus.get(address=MARC)).listed == ["R-1"]
    one.clock.advance_to(NOW + LIFETIME)
    await one.hears(service.says(MARC, "done 1"))
    assert (await Reminder.get()).state is ReminderState.OPEN
    await one.hears(service.says(MARC, "today"), service.says(MARC, "done 1"))
    assert (await Reminder.get()).state is ReminderState.DONE


# -- what is pressed ----------------------------------------------------------------------------------


async def remembered(one: Process, service: ChatService, who: str = MARC) -> None:
    """A reminder and its push."""
    await one.hears(service.says(who, "remind call Omar in 2h"))
    await one.passes(timedelta(hours=2))


async def test_a_press_changes_the_message_it_was_under(one: Process, service: ChatService) -> None:
    """In place, and no new message is sent."""
    await remembered(one, service)
    standing = service.last(MARC)
    await one.hears(service.presses(MARC, standing, "Done"))
    assert standing.text.startswith("✅ Done by Marc Ellis")
    assert service.last(MARC) is standing
    assert await outcomes() == ["ok", "ok"]


async def test_a_second_press_is_told_what_the_first_did(one: Process, service: ChatService) -> None:
    """As a popup, by whom and when, and nothing changes."""
    await remembered(one, service)
    press = service.presses(MARC, service.last(MARC), "Done")
    await one.hears(press)
    before = await Change.all().count()
    await one.hears(Arrival("another key", press.address, press.raw))
    assert words(service.popups[-1][1]).startswith("Already done")
    assert await Change.all().count() == before


async def test_the_same_press_delivered_twice_is_one(one: Process, service: ChatService) -> None:
    """It has the same key, however it comes."""
    await remembered(one, service)
    press = service.presses(MARC, service.last(MARC), "Done")
    await one.hears(press, press)
    await one.hears(press)
    assert len(service.popups) == 1


@pytest.mark.parametrize("token", ["made up", "x" * 500, "' OR 1=1 --", "\x00", "\ud800"])
async def test_a_forged_button_is_outdated(one: Process, service: ChatService, token: str) -> None:
    """Nothing happens, and it reads like any old button."""
    await remembered(one, service)
    await one.hears(service.forges(MARC, token, message=service.last(MARC).ref))
    assert "outdated" in words(service.popups[-1][1])
    assert (await Reminder.get()).state is ReminderState.OPEN


async def test_a_button_of_another_chat_is_outdated(one: Process, service: ChatService) -> None:
    """A token serves only where it was shown."""
    await remembered(one, service)
    await one.hears(service.forges(NORA, service.last(MARC).button("Done").token))
    assert "outdated" in words(service.popups[-1][1])
    assert (await Reminder.get()).state is ReminderState.OPEN


async def test_a_button_of_another_workspace_is_outdated(one: Process, service: ChatService) -> None:
    """Whatever it would have done there."""
    await remembered(one, service)
    other = await Workspace.create(
        name="Other", currency="EUR", country="FR", zone="Europe/Paris", locale="en-GB", created_at=NOW
    )
    await SavedCommand.all().update(workspace_id=other.id)
    await one.hears(service.presses(MARC, service.last(MARC), "Done"))
    assert "outdated" in words(service.popups[-1][1])


async def test_a_button_serves_for_a_day(one: Process, service: ChatService) -> None:
    """Then it is outdated."""
    await remembered(one, service)
    one.clock.advance_to(one.clock.now() + timedelta(hours=24))
    await one.hears(service.presses(MARC, service.last(MARC), "Done"))
    assert "outdated" in words(service.popups[-1][1])


async def test_a_typed_number_presses_its_button(one: Process, service: ChatService) -> None:
    """The newest of that number in the chat."""
    await remembered(one, service)
    number = service.last(MARC).button("Done").number
    await one.hears(service.says(MARC, f" {number} "))
    assert (await Reminder.get()).state is ReminderState.DONE


async def test_a_number_that_no_button_has_is_a_line(one: Process, service: ChatService) -> None:
    """It is not understood, and says so."""
    await one.hears(service.says(MARC, "77"))
    assert (await outcomes())[-1].startswith("refused")


async def test_what_was_sent_about_it_is_changed_everywhere(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """Done on one service, its push on the other says so too, in the language that stood there."""
    slack = ChatService("slack")
    await team(database, "telegram", "slack")
    one = Process.of(database, clock, service, slack)
    await one.hears(service.says(LEA, "rappel appeler Omar dans 2h"))
    clock.advance_to(NOW + timedelta(hours=1))
    await one.hears(slack.says(LEA, "aujourd'hui"), platform="slack")
    await one.passes(timedelta(hours=1))
    assert "⏰ appeler Omar" in slack.seen(LEA)[-1]
    await one.hears(service.says(LEA, "fait R-1"))
    assert slack.seen(LEA)[-1].startswith("✅ Fait par Léa Martin")
    assert service.seen(LEA)[-1].startswith("✅ Fait par Léa Martin")


async def test_what_another_process_must_change_is_left_to_it(
    database: Database, clock: SimulatedClock, service: ChatService
) -> None:
    """A push on a service that is not open here is edited by whoever has it open."""
    slack = ChatService("slack")
    await team(database, "telegram")
    await joins(MARC, "slack", at=NOW + timedelta(hours=1))
    one, two = Process.of(database, clock, service), Process.of(database, clock, slack, name="two")
    await one.hears(service.says(MARC, "remind call Omar in 2h"))
    clock.advance_to(NOW + timedelta(hours=2))
    await two.ticks()
    assert "⏰ call Omar" in slack.seen(MARC)[0]
    await one.hears(service.says(MARC, "done R-1"))
    assert not await Outgoing.filter(state=OutboxState.FAILED).exists()
    await two.sends()
    assert slack.seen(MARC)[0].startswith("✅ Done by Marc Ellis")
