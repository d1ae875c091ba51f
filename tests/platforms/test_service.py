"""The platform contract: the service fails, and nothing is lost, nothing said twice, nobody else held up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.member import ChatIdentity, Member
from models.reminder import Reminder
from tests.platforms.stage import Service

SECOND = timedelta(seconds=1)


async def test_a_throttled_chat_waits_exactly_as_long_as_it_is_told(service: Service) -> None:
    """Not a second less, by the clock."""
    marc = await service.joined("marc")
    service.throttles(marc, 30)
    assert (await marc.says("about")).shown == ()
    await service.passes(29 * SECOND)
    assert (await marc.sees()).shown == ()
    await service.passes(SECOND)
    assert "Parley" in await marc.sees()


async def test_a_throttled_chat_holds_up_no_other(service: Service) -> None:
    """Nora is answered meanwhile."""
    marc, nora = await service.joined("marc"), await service.joined("nora")
    service.throttles(marc, 30)
    await marc.says("about")
    assert "Parley" in await nora.says("about")


async def test_the_order_of_a_chat_outlives_a_refusal(service: Service) -> None:
    """What comes after the throttled message waits for it."""
    marc = await service.joined("marc")
    service.throttles(marc, 30)
    await marc.says("remind call number 1 in 2h")
    assert (await marc.says("remind call number 2 in 2h")).shown == ()
    await service.passes(31 * SECOND)
    seen = (await marc.sees()).plain
    assert seen.index("call number 1") < seen.index("call number 2")


async def test_a_service_that_is_down_gets_the_message_later(service: Service) -> None:
    """Once; what was written stands all the while."""
    marc = await service.joined("marc")
    service.loses_the_message(marc)
    assert (await marc.says("remind call Omar in 2h")).shown == ()
    assert await Reminder.all().count() == 1
    await service.passes(timedelta(minutes=6))
    assert (await marc.sees()).plain.count("call Omar") == 1


async def test_a_lost_answer_is_looked_up_or_repeated_once(service: Service) -> None:
    """Where there is a history, nobody reads it twice; where there is none, the repeat says what it is."""
    marc = await service.joined("marc")
    service.loses_the_answer(marc)
    marc.type("remind call Omar in 2h")
    await service.settles()
    await service.passes(timedelta(minutes=1))
    seen = (await marc.sees()).plain
    if service.app.platforms[service.name].keeps_history:
        assert seen.count("call Omar") == 1
    else:
        assert (seen.count("call Omar"), seen.count("(sent again)")) == (2, 1)
    assert await Reminder.all().count() == 1


@pytest.mark.parametrize("service", ["telegram", "slack"], indirect=True)
async def test_an_answer_for_a_message_that_is_gone_is_said_anew(service: Service) -> None:
    """Somebody deleted it, or it is too old to be changed."""
    marc = await service.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    service.loses_the_edit(marc)
    undone = await marc.presses(moved, "Undo")
    assert "Undone" in undone
    assert undone.shown[-1].ref != moved.shown[-1].ref


async def test_who_cannot_be_written_to_holds_up_nobody(service: Service) -> None:
    """Others are answered; the account is marked, and their manager is told once three messages wait."""
    marc, nora = await service.joined("marc"), await service.joined("nora")
    for name in ("Omar", "May Chen", "Jane Roy"):
        await marc.says(f"remind call {name} in 1h")
    service.shuts_out(marc)
    await service.settles()
    for _ in range(3):
        await service.passes(timedelta(hours=1))
    assert "Marc Ellis cannot be written to" in await nora.sees()
    assert not (await ChatIdentity.get(address=marc.address)).reachable
    assert "Parley" in await nora.says("about")


async def test_what_was_not_sent_before_a_stop_is_sent_after_it(service: Service) -> None:
    """It stands in the outbox."""
    marc = await service.joined("marc")
    service.throttles(marc, 30)
    await marc.says("remind call Omar in 2h")
    await service.restarts()
    await service.passes(31 * SECOND)
    assert (await marc.sees()).plain.count("call Omar") == 1


# -- strangers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["deal acme", "who Jane", "help", "/start", "hello", "1"])
async def test_a_stranger_is_told_how_to_get_in_and_nothing_else(service: Service, line: str) -> None:
    """Whatever they say."""
    eve = service.newcomer("eve")
    seen = await eve.says(line)
    assert "I do not know you yet" in seen
    assert "Acme" not in seen and "Jane" not in seen


async def test_a_stranger_is_told_in_their_language_where_the_service_says_it(service: Service) -> None:
    """French, from the account's own setting."""
    eve = service.newcomer("eve", "fr")
    seen = await eve.says("qui Jane")
    assert "Je ne vous connais pas encore" in seen or service.name == "slack"


@pytest.mark.threat("S4")
async def test_a_code_links_one_account(service: Service) -> None:
    """A second account that sends it stays a stranger."""
    code = await service.code_for("marc")
    marc, eve = service.newcomer("marc"), service.newcomer("eve")
    assert "marc@parley.example" in await marc.says(f"{service.opening} {code}")
    assert "This link has expired or was used" in await eve.says(f"{service.opening} {code}")
    assert await ChatIdentity.all().count() == 1


async def test_a_second_account_is_made_known_to_the_first(service: Service) -> None:
    """Whoever took it over without asking is found out."""
    marc = await service.joined("marc")
    await marc.sees()
    await service.joined("marc")
    assert "A further chat account was linked to you" in await marc.sees()


@pytest.mark.threat("S19")
async def test_who_left_is_a_stranger(service: Service) -> None:
    """Their lines and their buttons do nothing, and nothing is pushed to them."""
    marc = await service.joined("marc")
    receipt = await marc.says("remind call Omar in 1h")
    await Member.filter(email="marc@parley.example").update(active=False)
    assert "I do not know you yet" in await marc.says("who Omar")
    await marc.presses(receipt, "Undo")
    await service.passes(timedelta(hours=2))
    assert "Omar" not in await marc.sees()
    assert await Reminder.filter(deleted_at=None).count() == 1
