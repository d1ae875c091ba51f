"""Slack's Home tab: the day with its buttons, forms, settings; made anew when the day changes."""

from __future__ import annotations

from datetime import timedelta

from models.reminder import Reminder, ReminderState
from tests.acceptance.live import LEA, MARC, eventually, nothing_waits
from tests.acceptance.on_slack import Scene
from tests.bot.machine import LoopTime


def later(scene: Scene) -> None:
    """Let what was set for the next minutes be due, whatever the day."""
    scene.clock.advance_to(scene.clock.now() + timedelta(minutes=10))


async def test_the_tab_shows_the_day_and_what_can_be_done(scene: Scene) -> None:
    """Today's follow-ups with Done and Snooze, forms, settings and three lines to try, in French here."""
    async with scene.served() as app:
        lea = await scene.joined(app, LEA, "Léa")
        lea.says("rappel appeler Omar dans 5 min")
        await lea.waits_for("appeler Omar")
        later(scene)
        lea.opens_home()
        tab = await lea.screens.home("appeler Omar")
        assert {"Fait", "Reporter", "Noter un appel", "Réglages"} <= {button.label for button in tab.buttons}
        for words in ("Aujourd’hui", "Europe/Paris", "Heures calmes", "Trois choses à essayer"):
            assert words in tab.seen
        await nothing_waits()
    assert scene.slack.refused == ()


async def test_done_in_the_tab_is_done_and_the_tab_is_made_anew(scene: Scene) -> None:
    """The receipt is a message with its undo; within three seconds the tab is without that line."""
    time = LoopTime()
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.says("remind call Omar in 5 minutes")
        await marc.waits_for("call Omar")
        later(scene)
        marc.opens_home()
        tab = await marc.screens.home("call Omar")
        marc.screens.presses(tab, "Done")
        await marc.waits_for("Done by Marc Ellis")
        assert (await Reminder.get()).state is ReminderState.DONE
        time.passes(3)
        await marc.screens.home("Nothing is due today")
        marc.screens.presses(tab, "Done")
        await marc.waits_for("Already done")
        await nothing_waits()


async def test_several_changes_make_one_new_tab(scene: Scene) -> None:
    """Whatever is said within three seconds: the tab is published once for it."""
    time = LoopTime()
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.opens_home()
        await marc.screens.home("Nothing is due today")
        for name in ("Omar", "Eve", "Jane Roy"):
            marc.says(f"remind call {name} in 5 minutes")
            await marc.waits_for(f"call {name}")
        await nothing_waits()
        later(scene)
        time.passes(3)
        await marc.screens.home("call Jane Roy")
        assert sum(call.method == "views.publish" for call in scene.slack.calls) == 2


async def test_a_button_in_the_tab_opens_a_form(scene: Scene) -> None:
    """What is written down there is answered in the direct message."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.opens_home()
        tab = await marc.screens.home("Nothing is due today")
        marc.screens.presses(tab, "Set a follow-up")
        form = await marc.screens.form("Set a follow-up")
        marc.screens.fills(form, text="call Omar", at="tomorrow 10am")
        marc.screens.submits(form)
        await marc.waits_for("call Omar", channel=marc.dm)
        await eventually(Reminder.exists)


async def test_a_strangers_tab_says_how_to_get_in(scene: Scene) -> None:
    """It has no data and no button."""
    async with scene.served():
        await scene.slack.connected()
        eve = scene.slack.user("Eve")
        eve.opens_home()
        tab = await eve.screens.home("I do not know you yet")
        assert tab.buttons == ()


async def test_nobody_is_shown_the_tab_of_somebody_else(scene: Scene) -> None:
    """Buttons of a colleague's tab are outdated for who forges a press on them."""
    async with scene.served() as app:
        marc, lea = await scene.joined(app, MARC), await scene.joined(app, LEA, "Léa")
        lea.says("rappel appeler Omar dans 5 min")
        await lea.waits_for("appeler Omar")
        later(scene)
        lea.opens_home()
        tab = await lea.screens.home("appeler Omar")
        marc.screens.presses(tab, "Fait")
        await marc.waits_for("outdated")
        scene.clock.advance_to(scene.clock.now() + timedelta(hours=25))
        lea.screens.presses(tab, "Fait")
        await lea.waits_for("plus valable")
        assert (await Reminder.get()).state is ReminderState.OPEN
