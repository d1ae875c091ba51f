"""The platform contract: buttons, questions and pickers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.activity import Activity
from models.contact import Contact
from models.deal import Deal
from models.deal import Stage as Step
from models.messaging.saved_command import LIFETIME
from models.reminder import Reminder
from tests.platforms.stage import Stage


async def stage_of(number: int) -> str:
    """The name of the stage that a deal is in."""
    return (await Step.get(id=(await Deal.get(number=number)).stage_id)).name


async def test_a_receipt_can_be_undone(stage: Stage) -> None:
    """Its button takes back what was written."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    assert "Stage Qualified → Proposal" in moved
    assert "Undone" in await marc.presses(moved, "Undo")
    assert await stage_of(90) == "Qualified"


async def test_the_answer_to_a_press_takes_the_place_of_the_message(stage: Stage) -> None:
    """Where the platform can change what it sent; elsewhere it is said anew. The buttons are gone."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    undone = await marc.presses(moved, "Undo")
    assert "Undo" not in undone.labels
    if stage.edits_in_place:
        assert undone.shown[0].edited
        assert undone.shown[0].ref == moved.shown[-1].ref


async def test_the_word_does_what_the_button_does(stage: Stage) -> None:
    """Undo, typed."""
    marc = await stage.joined("marc")
    await marc.says("globex pilot > proposal 9k")
    assert "Undone" in await marc.says("undo")
    assert await stage_of(90) == "Qualified"


async def test_a_second_press_finds_it_done(stage: Stage) -> None:
    """On a screen that was not refreshed; nothing happens twice."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    await marc.presses(moved, "Undo")
    assert "Already done" in await marc.presses(moved, "Undo")
    assert await stage_of(90) == "Qualified"


async def test_a_press_that_is_delivered_twice_is_one(stage: Stage) -> None:
    """Under its own key it is known."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    await marc.presses(moved, "Undo")
    marc.redeliver()
    assert (await marc.sees()).shown == ()


async def test_a_number_is_as_good_as_a_press(stage: Stage) -> None:
    """For who has no buttons, or no thumbs free."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    assert "Undone" in await marc.says(await marc.number_of(moved, "Undo"))
    assert await stage_of(90) == "Qualified"


async def test_a_button_serves_for_a_day(stage: Stage) -> None:
    """Afterwards it says that it is outdated, and does nothing."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    await stage.passes(LIFETIME + timedelta(minutes=1))
    await marc.sees()
    seen = await marc.presses(moved, "Undo")
    assert "outdated" in seen or stage.name == "console"  # there a number without a button is a line
    assert await stage_of(90) == "Proposal"


async def test_a_button_outlives_a_restart(stage: Stage) -> None:
    """What it does is kept with the message."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    await stage.restarts()
    assert "Undone" in await marc.presses(moved, "Undo")
    assert await stage_of(90) == "Qualified"


@pytest.mark.threat("S7")
async def test_a_made_up_button_does_nothing(stage: Stage) -> None:
    """A token, or a number, that nobody gave."""
    marc = await stage.joined("marc")
    moved = await marc.says("globex pilot > proposal 9k")
    await marc.forges(moved, "98")
    assert await stage_of(90) == "Proposal"
    assert await stage.failures() == []


@pytest.mark.threat("S7")
async def test_a_colleagues_button_does_nothing(stage: Stage) -> None:
    """It belongs to the chat that it was shown in."""
    marc, nora = await stage.joined("marc"), await stage.joined("nora")
    his = await marc.says("globex pilot > proposal 9k")
    hers = await nora.says("remind call Jane Doe in 2h")
    _, key = his.with_button("Undo")
    await nora.forges(hers, key.press)
    assert await stage_of(90) == "Proposal"


async def test_two_of_a_name_are_asked_about(stage: Stage) -> None:
    """Nothing is written until one is chosen."""
    marc = await stage.joined("marc")
    asked = await marc.says("call Jane about pilot")
    assert "Which Jane?" in asked
    assert not await Activity.exists()
    logged = await marc.presses(asked, "Jane Roy · Globex")
    assert "Call logged · Jane Roy (Globex) · linked to D-90" in logged
    assert (await Activity.get()).notes == "about pilot"


async def test_a_choice_is_typed_as_well(stage: Stage) -> None:
    """By its number."""
    marc = await stage.joined("marc")
    asked = await marc.says("call Jane about pilot")
    assert "Call logged" in await marc.says(await marc.number_of(asked, "Jane Roy · Globex"))


async def test_a_choice_is_said_in_words(stage: Stage) -> None:
    """By the name that tells them apart."""
    marc = await stage.joined("marc")
    await marc.says("call Jane about pilot")
    assert "Call logged · Jane Roy" in await marc.says("Jane Roy")


async def test_a_picker_offers_somebody_new(stage: Stage) -> None:
    """Neither of those that are known."""
    marc = await stage.joined("marc")
    asked = await marc.says("call Jane about pilot")
    before = await Contact.all().count()
    assert "New contact" in await marc.presses(asked, "New contact Jane")
    assert await Contact.all().count() == before + 1


async def test_a_question_is_called_off(stage: Stage) -> None:
    """By a word; nothing was written, and the next line is a line."""
    marc = await stage.joined("marc")
    await marc.says("call Jane about pilot")
    await marc.says("cancel")
    assert "Nothing is due today" in await marc.says("today")
    assert not await Activity.exists()


async def test_a_new_command_leaves_the_question(stage: Stage) -> None:
    """It is answered, and the question waits no more."""
    marc = await stage.joined("marc")
    await marc.says("call Jane about pilot")
    assert "Nothing is due today" in await marc.says("today")
    assert "Call logged" not in await marc.says("Jane Roy")


async def test_a_question_outlives_a_restart(stage: Stage) -> None:
    """Its answer is understood by the process that did not ask it."""
    marc = await stage.joined("marc")
    await marc.says("call Jane about pilot")
    await stage.restarts()
    assert "Call logged · Jane Roy" in await marc.says("Jane Roy")
    assert (await Activity.get()).notes == "about pilot"


async def test_a_question_ends_after_a_quarter_of_an_hour(stage: Stage) -> None:
    """What comes then is a line of its own."""
    marc = await stage.joined("marc")
    await marc.says("call Jane about pilot")
    await stage.passes(timedelta(minutes=16))
    await marc.sees()
    await marc.says("Jane Roy")
    assert not await Activity.exists()


async def test_a_win_is_confirmed_first(stage: Stage) -> None:
    """The card shows the difference; only Confirm writes."""
    marc = await stage.joined("marc")
    card = await marc.says("won D-90 9k")
    assert "Stage Qualified → Won" in card
    assert (await Deal.get(number=90)).closed_at is None
    won = await marc.presses(card, "Confirm")
    assert "🎉" in won
    assert (await Deal.get(number=90)).closed_at == stage.clock.now()


async def test_what_is_not_confirmed_is_not_done(stage: Stage) -> None:
    """Cancel leaves everything as it was, and the card cannot be confirmed any more."""
    marc = await stage.joined("marc")
    card = await marc.says("won D-90 9k")
    assert "Nothing was changed" in await marc.presses(card, "Cancel")
    await marc.presses(card, "Confirm")
    assert (await Deal.get(number=90)).closed_at is None


async def test_a_receipt_is_corrected_by_a_whole_line(stage: Stage) -> None:
    """Edit takes the old entry back; the new one stands."""
    marc = await stage.joined("marc")
    logged = await marc.says("call Omar 20m")
    await marc.presses(logged, "Edit")
    await marc.says("call Omar 30m wants a rollout plan")
    live = await Activity.get(deleted_at=None)
    assert (live.duration, live.notes) == (1800, "wants a rollout plan")


async def test_a_line_of_a_list_is_named_by_its_number(stage: Stage) -> None:
    """As it was last shown."""
    marc = await stage.joined("marc")
    await marc.says("remind call Omar in 1h")
    await marc.says("today")
    await marc.says("done 1")
    assert (await Reminder.get()).state.name == "DONE"
