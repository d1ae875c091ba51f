"""The platform contract: what a room reads, where anybody may read it and where only colleagues do."""

from __future__ import annotations

from models.room import Room
from tests.platforms.stage import Service


async def test_a_room_that_anybody_reads_is_told_that_the_answer_went_elsewhere(service: Service) -> None:
    """The card is in the asker's own chat."""
    marc = await service.joined("marc")
    group = service.group(marc)
    group.type(marc, "deal acme")
    assert "D-142 Acme Renewal" in await marc.sees()
    [told] = group.reads()
    assert "Answer sent to you in private" in told
    assert "Acme Renewal" not in told


async def test_what_says_nothing_of_customers_stands_in_any_room(service: Service) -> None:
    """Who reads along may know what Parley is."""
    marc = await service.joined("marc")
    group = service.group(marc)
    group.type(marc, "about")
    assert "Parley" not in await marc.sees()
    [told] = group.reads()
    assert "Parley" in told


async def test_in_an_internal_room_the_answer_stands(service: Service) -> None:
    """An admin has said that colleagues alone read it; once it is external again, it goes elsewhere."""
    marc, sam = await service.joined("marc"), await service.joined("sam")
    group = service.group(marc, sam)
    group.type(sam, "here internal")
    await sam.sees()
    assert (await Room.get()).platform == service.name
    group.type(marc, "deal acme")
    assert "Acme Renewal" not in await marc.sees()
    assert "D-142 Acme Renewal" in group.reads()[-1]
    group.type(sam, "here external")
    await sam.sees()
    group.type(marc, "deal acme")
    assert "D-142 Acme Renewal" in await marc.sees()
    assert "Answer sent to you in private" in group.reads()[-1]


async def test_what_is_posted_in_a_room_is_read_there(service: Service) -> None:
    """A deal won in private, once; nothing of its worth where anybody reads."""
    marc, sam = await service.joined("marc"), await service.joined("sam")
    group = service.group(marc, sam)
    group.type(sam, "post here wins")
    await sam.sees()
    before = len(group.reads())
    card = await marc.says("won D-90 9k")
    await marc.presses(card, "Confirm")
    await service.until(service.clock.now())
    [posted] = group.reads()[before:]
    assert "won D-90 Globex Pilot" in posted
    assert "9" not in posted.replace("D-90", "")
