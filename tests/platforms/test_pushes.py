"""The platform contract: what Parley says of its own accord."""

from __future__ import annotations

from datetime import timedelta

from models.deal import Deal
from models.reminder import Reminder, ReminderState
from tests.platforms.stage import Stage

HOUR = timedelta(hours=1)


async def test_a_reminder_rings_at_its_time_and_once(stage: Stage) -> None:
    """Neither before nor again."""
    marc = await stage.joined("marc")
    await marc.says("remind call Omar in 2h")
    await stage.passes(2 * HOUR - timedelta(seconds=1))
    assert (await marc.sees()).shown == ()
    await stage.passes(timedelta(seconds=1))
    assert (await marc.sees()).plain.count("⏰ call Omar") == 1
    await stage.passes(timedelta(minutes=30))
    assert (await marc.sees()).shown == ()


async def test_a_reminder_is_done_on_its_push(stage: Stage) -> None:
    """The push says then who did it and when; in its place, where the platform can change it."""
    marc = await stage.joined("marc")
    await marc.says("remind call Omar in 1h")
    await stage.passes(HOUR)
    pushed = await marc.sees()
    done = await marc.presses(pushed, "Done")
    assert "✅ Done by Marc Ellis" in done
    assert (await Reminder.get()).state is ReminderState.DONE
    if stage.edits_in_place:
        assert [each.ref for each in done.shown if each.edited] == [pushed.shown[-1].ref]


async def test_done_in_words_changes_the_push_too(stage: Stage) -> None:
    """Whoever looks back at it sees that it is settled."""
    marc = await stage.joined("marc")
    await marc.says("remind call Omar in 1h")
    await stage.passes(HOUR)
    pushed = await marc.sees()
    done = await marc.says("done R-1")
    assert "Done" in done
    if stage.edits_in_place:
        assert pushed.shown[-1].ref in [each.ref for each in done.shown if each.edited]


async def test_a_reminder_is_put_off(stage: Stage) -> None:
    """To a time that is asked for; it rings then, and at no other time."""
    lea = await stage.joined("lea", language="fr")
    await lea.says("rappel appeler Luc dans 1h")
    await stage.passes(HOUR)
    pushed = await lea.sees()
    assert "Quand ?" in await lea.presses(pushed, "Reporter")
    await lea.says("demain 9h")
    await stage.passes(timedelta(hours=16))
    assert "⏰" not in await lea.sees()
    await stage.passes(timedelta(hours=2))
    assert "⏰ appeler Luc" in await lea.sees()


async def test_what_fell_due_while_parley_was_stopped_comes_late_and_says_so(stage: Stage) -> None:
    """Once, with when it was due."""
    marc = await stage.joined("marc")
    await marc.says("remind call Omar in 1h")
    await stage.closes()
    stage.clock.advance_to(stage.clock.now() + 3 * HOUR)
    await stage.opens()
    await stage.passes(timedelta(minutes=1))
    seen = await marc.sees()
    assert seen.plain.count("⏰ call Omar") == 1
    assert "Late" in seen


async def test_an_undone_reminder_does_not_ring(stage: Stage) -> None:
    """Taking back the line takes back what it set."""
    marc = await stage.joined("marc")
    receipt = await marc.says("remind call Omar in 1h")
    await marc.presses(receipt, "Undo")
    await stage.passes(2 * HOUR)
    assert (await marc.sees()).shown == ()


async def test_a_colleague_is_asked_and_the_asker_hears_the_answer(stage: Stage) -> None:
    """A write on another's deal goes to its owner, who decides on the push."""
    marc, lea = await stage.joined("marc"), await stage.joined("lea", language="fr")
    refused = await marc.says("won D-142")
    assert "D-142 belongs to Léa Martin." in refused
    await marc.presses(refused, "Ask Léa Martin")
    await stage.passes(timedelta(minutes=1))
    pushed = await lea.sees()
    assert {"Approuver", "Modifier", "Refuser"} <= set(pushed.labels)
    await lea.presses(pushed, "Refuser")
    await stage.passes(timedelta(minutes=1))
    assert "Léa Martin declined: won D-142" in await marc.sees()
    assert (await Deal.get(number=142)).closed_at is None


async def test_a_deal_that_changes_hands_is_told_to_both(stage: Stage) -> None:
    """Who had it and who has it, each in their language."""
    marc, lea, nora = (
        await stage.joined("marc"),
        await stage.joined("lea", language="fr"),
        await stage.joined("nora"),
    )
    card = await nora.says("assign D-90 @Léa")
    await nora.presses(card, "Confirm")
    await stage.passes(timedelta(minutes=1))
    assert "D-90" in await lea.sees()
    assert "D-90" in await marc.sees()
