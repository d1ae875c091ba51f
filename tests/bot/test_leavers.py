"""Whoever is no longer a member gets nothing more; what they had to do comes to who leads them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import members, outbox
from bot.outbox import Place
from bot.platform import Unavailable
from handlers.chat.reply import text
from models.messaging.outbox import OutboxState, Outgoing
from models.reminder import Reminder, ReminderState
from tests.bot.machine import LEA, NORA, SAM, Process, member
from tests.emulators.chat_in_memory import ChatService

pytestmark = pytest.mark.threat("S19")


async def leaves(process: Process, name: str) -> None:
    """One of the team is shut out."""
    person = await member(name)
    async with process.database.transaction():
        await members.deactivate(person.email, person.workspace, now=process.clock.now())


async def test_what_was_not_sent_yet_never_is(one: Process, service: ChatService) -> None:
    """Neither what waits for the service nor what was about to go."""
    person = await member(LEA)
    place = Place("telegram", LEA, person.locale, person.workspace_id, person.id)
    service.refuses(Unavailable("502"), to=LEA, times=1)
    async with one.database.transaction():
        for number in range(2):
            key = f"leaver {number}"
            await outbox.put(one.database, text("hello"), place, key=key, now=one.clock.now())
    await one.sends()
    await leaves(one, LEA)
    one.clock.advance_to(one.clock.now() + timedelta(hours=1))
    await one.sends()
    assert service.seen(LEA) == []
    assert {row.state for row in await Outgoing.filter(member_id=person.id)} == {OutboxState.FAILED}


async def test_what_falls_due_comes_to_who_leads_them(one: Process, service: ChatService) -> None:
    """To the team's manager, once, with whose it was; who it was for sees nothing, and others neither."""
    await one.hears(service.says(LEA, "rappel envoyer le devis dans 2h"))
    before = len(service.seen(LEA))
    await leaves(one, LEA)
    for _ in range(4):
        await one.passes(timedelta(hours=1))
    [pushed] = [shown for shown in service.seen(NORA) if "envoyer le devis" in shown]
    assert "It was Léa Martin's, who is no longer a member here." in pushed
    assert (len(service.seen(LEA)), service.seen(SAM)) == (before, [])
    await one.hears(service.presses(NORA, service.last(NORA), "Done"))
    assert (await Reminder.get()).state is ReminderState.DONE


async def test_a_reminder_on_its_way_turns_round(one: Process, service: ChatService) -> None:
    """What was due and could not be delivered before the member left comes to who leads them, too."""
    await one.hears(service.says(LEA, "rappel envoyer le devis dans 1h"))
    before = len(service.seen(LEA))
    service.refuses(Unavailable("502"), to=LEA, times=None)
    await one.passes(timedelta(hours=1))
    await leaves(one, LEA)
    await one.passes(timedelta(hours=1))
    await one.ticks()  # the next second's
    assert len([shown for shown in service.seen(NORA) if "envoyer le devis" in shown]) == 1
    assert len(service.seen(LEA)) == before


async def test_a_leader_who_left_too_is_passed_over(one: Process, service: ChatService) -> None:
    """Then the admins have it."""
    await one.hears(service.says(LEA, "rappel envoyer le devis dans 1h"))
    await leaves(one, LEA)
    await leaves(one, NORA)
    await one.passes(timedelta(hours=2))
    await one.ticks()
    assert any("envoyer le devis" in shown for shown in service.seen(SAM))
