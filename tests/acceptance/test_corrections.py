"""Correcting a receipt, and what can be taken back afterwards."""

from __future__ import annotations

from models.activity import Activity
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


async def test_a_line_sent_as_a_correction_is_never_lost(database_url: str) -> None:
    """Where nothing is left to be replaced, it is done as a line of its own."""
    async with conversation(database_url) as talk:
        moved = await talk.says("marc", "globex pilot > negotiation 9k")
        await talk.presses("marc", moved, "Undo")
        await talk.presses("marc", moved, "Edit")
        assert "Call logged" in await talk.says("marc", "call Jane Roy 15m: kept words")
        assert (await Activity.get()).notes == "kept words"


async def test_a_correction_that_comes_too_late_is_shown_back(database_url: str) -> None:
    """Somebody has changed the same since: nothing is overwritten, and the line can be sent again."""
    async with conversation(database_url) as talk:
        moved = await talk.says("lea", "acme renewal > négociation")
        await talk.presses("nora", await talk.says("nora", "D-142 > qualified"), "Confirm")
        await talk.presses("lea", moved, "Modifier")
        shown = await talk.says("lea", "acme renewal > proposition 15k")
        assert "Nora Keller" in shown
        assert "acme renewal > proposition 15k" in shown


async def test_a_move_that_changes_nothing_says_so(database_url: str) -> None:
    """There is nothing to undo or to correct about it."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "globex pilot > negotiation 9k")
        shown = await talk.says("marc", "globex pilot > negotiation 9k")
        assert "D-90 is like that already." in shown
        assert "Undo" not in shown


async def test_a_line_without_a_verb_is_known_by_the_whole_name(database_url: str) -> None:
    """Of two Janes the one whose surname was typed; a number without a button is said to be none."""
    async with conversation(database_url) as talk:
        assert "I know Jane Doe" in await talk.says("marc", "show jane doe")
        assert "I know Jane Roy" in await talk.says("marc", "i saw jane roy")
        assert "There is no button 99 here." in await talk.says("marc", "99")
