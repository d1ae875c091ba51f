"""Forms in Slack: opened by a shortcut or a button, filled in, submitted; what goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_sdk.models.views import View

from handlers.chat import forms
from handlers.chat.command import REGISTER
from handlers.chat.i18n import Locale
from models.activity import Activity, ActivityKind
from models.deal import Deal
from models.member import Member
from models.reminder import Reminder
from tests.acceptance.live import LEA, MARC, nothing_waits
from tests.acceptance.on_slack import Scene
from tests.emulators.slack import Person, Screen

LOG, WRITE = "log_message", "write_down"


async def test_a_colleagues_message_becomes_a_note(scene: Scene) -> None:
    """The form holds its text, its author and its link; the note is on the picked record, with a tick."""
    async with scene.served() as app:
        lea, marc = await scene.joined(app, LEA, "Léa"), await scene.joined(app, MARC)
        sales = scene.slack.channel("sales", [lea, marc])
        ts = marc.says("they want <50> seats & a discount", sales)
        lea.shortcut(LOG, ts)
        form = await lea.screens.waits_for("Noter dans le CRM")
        assert "they want <50> seats & a discount" in form.values["notes"]
        assert await lea.screens.searches(form, "record", "acme ren") == ["D-142 Acme Renewal"]
        lea.screens.picks(form, "record", "D-142 Acme Renewal")
        lea.screens.submits(form)
        await lea.waits_for("D-142 Acme Renewal")
        note = await Activity.get(kind=ActivityKind.NOTE)
        assert note.deal_id == (await Deal.get(number=142)).id
        assert "Marc Ellis" in note.notes
        assert f"/archives/{sales.id}/p{ts.replace('.', '')}" in note.notes
        tick = await scene.slack.until(
            lambda: next((e for e in scene.slack.ledger if e.kind == "reacted"), None)
        )
        assert (tick.channel, tick.ts, tick.text) == (sales.id, ts, "white_check_mark")
        assert lea.screens.modals == []
        await nothing_waits()
    assert scene.slack.refused == ()


async def test_what_to_write_down_is_chosen_in_the_form(scene: Scene) -> None:
    """The global shortcut offers the commands; the chosen one's form takes the menu's place."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.shortcut(WRITE)
        menu = await marc.screens.waits_for("What do you want to write down?")
        marc.screens.presses(menu, "Log a call")
        form = await marc.screens.waits_for("How long did it take?")
        assert form.id == menu.id
        assert "Jane Roy · Globex (C-31)" in await marc.screens.searches(form, "contact", "jane")
        marc.screens.picks(form, "contact", "Jane Roy · Globex (C-31)")
        marc.screens.fills(form, duration="20 min", notes="budget is fine", follow_up="quote Friday 10am")
        marc.screens.submits(form)
        await marc.waits_for("Call logged")
        call = await Activity.get()
        assert (call.kind, call.duration, call.notes) == (ActivityKind.CALL, 1200, "budget is fine")
        assert (await Reminder.get()).text == "quote"
    assert scene.slack.refused == ()


async def test_a_line_that_is_no_time_keeps_the_form_open(scene: Scene) -> None:
    """The mistake stands under its line; nothing was stored, and the mended form is taken."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        form = await opened(marc, "Set a follow-up")
        marc.screens.fills(form, text="call Omar", at="some day or other")
        marc.screens.submits(form)
        shown = await scene.slack.until(
            lambda: next((each for each in marc.screens.modals if each.errors), None)
        )
        assert "I could not read that" in shown.errors["at"]
        assert not await Reminder.exists()
        marc.screens.fills(form, at="tomorrow 10am")
        marc.screens.submits(form)
        await marc.waits_for("call Omar")
        assert await Reminder.all().count() == 1


async def test_a_refusal_opens_the_form_again_as_it_was_filled_in(scene: Scene) -> None:
    """What no rule allows is said in the chat, with a button; the form behind it has lost nothing."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        form = await opened(marc, "New deal")
        marc.screens.fills(form, name="Globex Rollout", amount="99999999999999999999", notes="big")
        marc.screens.submits(form)
        refused = await marc.waits_for("That amount is too large")
        assert not await Deal.filter(name="Globex Rollout").exists()
        marc.presses(refused, "Fill in again")
        again = await marc.screens.form("New deal")
        assert (again.values["name"], again.values["notes"]) == ("Globex Rollout", "big")
        marc.screens.fills(again, amount="9k")
        marc.screens.submits(again)
        await marc.waits_for("New deal")
        assert (await Deal.get(name="Globex Rollout")).amount == 900_000
    assert scene.slack.refused == ()


async def test_two_people_of_one_name_are_asked_about(scene: Scene) -> None:
    """The question comes as a message; its answer completes what was filled in, the later lines too."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        form = await opened(marc, "Log a call")
        marc.screens.types(form, contact="Jane", duration="20 min", notes="about pilot")
        marc.screens.submits(form)
        asked = await marc.waits_for("Which Jane?")
        assert not await Activity.exists()
        marc.presses(asked, "Jane Roy · Globex")
        await marc.waits_for("Call logged")
        call = await Activity.get()
        assert (call.duration, call.notes) == (1200, "about pilot")


@pytest.mark.threat("S7")
async def test_a_form_is_its_openers_alone(scene: Scene) -> None:
    """Altered, taken over from a colleague's form, submitted a second time, or late: nothing is written."""
    async with scene.served() as app:
        marc, lea = await scene.joined(app, MARC), await scene.joined(app, LEA, "Léa")
        hers, his = await opened(lea, "Poser une relance"), await opened(marc, "Set a follow-up")
        for token in ("made up", "", scene.slack.views[hers.id]["private_metadata"]):
            scene.slack.views[his.id]["private_metadata"] = token
            marc.screens.fills(his, text="forged", at="tomorrow 10am")
            marc.screens.submits(his)
            await marc.waits_for("outdated")
            his = await opened(marc, "Set a follow-up")
        lea.screens.fills(hers, text="appeler Omar", at="demain 10h")
        sent = lea.screens.submits(hers)
        await lea.waits_for("appeler Omar")
        scene.slack.redeliver(sent.id)
        sent.payload["trigger_id"] = "1.2.another"
        scene.slack.redeliver(sent.id)
        await lea.waits_for("Déjà fait")
        scene.clock.advance_to(scene.clock.now() + timedelta(hours=25))
        marc.screens.fills(his, text="late", at="tomorrow 10am")
        marc.screens.submits(his)
        await marc.waits_for("outdated")
        assert [reminder.text for reminder in await Reminder.all()] == ["appeler Omar"]


@pytest.mark.threat("S19")
async def test_a_form_that_stands_open_serves_nobody_who_has_left(scene: Scene) -> None:
    """Opened while a member, submitted afterwards: nothing is written, its menus are empty."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        form = await opened(marc, "Write a note")
        await Member.filter(email=MARC).update(active=False)
        assert await marc.screens.searches(form, "record", "globex") == []
        marc.screens.types(form, record="D-90", notes="farewell")
        marc.screens.submits(form)
        await scene.slack.settled()
        await nothing_waits()
        assert not await Activity.exists()


async def test_a_form_that_came_too_late_is_asked_for_again(scene: Scene) -> None:
    """Slack takes the trigger id no more: a button says so, and opens the whole form."""
    async with scene.served() as app:
        lea, marc = await scene.joined(app, LEA, "Léa"), await scene.joined(app, MARC)
        ts = marc.says("they sign on Friday", scene.slack.channel("sales", [lea, marc]))
        scene.slack.fault("views.open", error="expired_trigger_id", times=2)
        lea.shortcut(LOG, ts)
        missed = await lea.waits_for("Le formulaire ne s’est pas ouvert à temps")
        assert lea.screens.modals == []
        lea.presses(missed, "Noter dans le CRM")
        form = await lea.screens.waits_for("Noter dans le CRM")
        assert "they sign on Friday" in form.values["notes"]


async def test_a_stranger_gets_no_form(scene: Scene) -> None:
    """The modal says how to get in; a menu that asks for records gets none."""
    async with scene.served() as app:
        marc, eve = await scene.joined(app, MARC), scene.slack.user("Eve")
        ts = marc.says("hello", scene.slack.channel("sales", [eve, marc]))
        eve.shortcut(LOG, ts)
        shown = await eve.screens.waits_for("I do not know you yet")
        assert shown.inputs == ()
        form = await opened(marc, "Write a note")
        eve.screens.borrows(form)
        assert await eve.screens.searches(form, "record", "acme") == []


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_titles_fit_a_modal(language: str) -> None:
    """24 characters for the title and each button (docs.slack.dev/reference/views/modal-views)."""
    locale = Locale(language)
    titles = [forms.title_of(locale, REGISTER[name]) for name in forms.OFFERED]
    said = [*titles, *(locale.text(words) for words in ("Log to CRM", "Save", "Cancel"))]
    assert [words for words in said if len(words) > View.title_max_length] == []


async def opened(person: Person, command: str) -> Screen:
    """The form of a command, by the global shortcut."""
    person.shortcut(WRITE)
    menu = await person.screens.waits_for(command)
    person.screens.presses(menu, command)
    return await person.screens.form(command)
