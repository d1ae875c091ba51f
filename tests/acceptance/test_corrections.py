"""Correcting a receipt, and what can be taken back afterwards."""

from __future__ import annotations

from models.change import Change
from models.deal import Deal, Stage
from tests.driver import conversation


async def stage_of(number: int) -> str:
    return (await Stage.get(id=(await Deal.get(number=number)).stage_id)).name


async def test_a_corrected_move_is_taken_back_like_any_other(database_url: str) -> None:
    """Undo takes the correction back, not whatever was said before it."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "note D-142 le juridique bloque")
        moved = await talk.says("lea", "D-142 > qualifié")
        await talk.presses("lea", moved, "Modifier")
        await talk.says("lea", "D-142 > négociation")
        assert await stage_of(142) == "Negotiation"
        assert "D-142" in await talk.says("lea", "annuler")
        assert await stage_of(142) == "Qualified"
        assert not await Change.filter(kind="activity", undone_at__isnull=False).exists()


async def test_an_old_receipt_does_not_pass_over_a_correction(database_url: str) -> None:
    """What was corrected since is newer: the first receipt's undo is refused, and says by whom."""
    async with conversation(database_url) as talk:
        first = await talk.says("lea", "D-142 > qualifié")
        second = await talk.says("lea", "D-142 > nouveau")
        await talk.presses("lea", second, "Modifier")
        await talk.says("lea", "D-142 > négociation")
        refused = await talk.says("lea", first.button("Annuler"))
        assert "Léa Martin" in refused
        assert await stage_of(142) == "Negotiation"


async def test_a_move_that_changes_nothing_says_so(database_url: str) -> None:
    """There is nothing to undo or to correct about it."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "globex pilot > negotiation 9k")
        shown = await talk.says("marc", "globex pilot > negotiation 9k")
        assert "D-90 is like that already." in shown
        assert "Undo" not in shown


async def test_a_number_without_a_button_is_said_to_be_none(database_url: str) -> None:
    """It is no unknown command."""
    async with conversation(database_url) as talk:
        assert "There is no button 99 here." in await talk.says("marc", "99")
