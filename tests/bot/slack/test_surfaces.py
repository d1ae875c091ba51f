"""Modals at the wire: opened within three seconds, filled when the answer is there, never half."""

from __future__ import annotations

from bot.slack.interactions import external_id
from handlers.chat.reply import Form, Input, Reply, Text
from handlers.chat.request import Request
from tests.bot.slack.conftest import Parley
from tests.emulators.slack import Person

LINES = (Input("notes", "What?", "lines", required=True),)
NOTE = Form("Write a note", "Save", "Cancel", "note", LINES, token="t" * 22)
REPLY = Reply((Text("Press again"),), form=NOTE, language="en-GB")


async def asked(parley: Parley, person: Person) -> Request:
    """What the global shortcut asks for."""
    person.shortcut("write_down")
    [request] = await parley.hears()
    return request


async def test_an_empty_modal_stands_before_the_answer_is_there(parley: Parley) -> None:
    """The trigger id is used at once; the answer fills the same modal."""
    lea = parley.workspace.user("Léa")
    request = await asked(parley, lea)
    waiting = await lea.screens.waits_for("⏳")
    assert await parley.platform.answer(request, REPLY)
    form = await lea.screens.form("Write a note")
    assert form.id == waiting.id
    assert parley.workspace.refused == ()


async def test_whoever_closed_it_early_is_left_alone(parley: Parley) -> None:
    """No second modal pops up, and no message: it counts as shown."""
    lea = parley.workspace.user("Léa")
    request = await asked(parley, lea)
    lea.screens.closes(await lea.screens.waits_for("⏳"))
    assert await parley.platform.answer(request, REPLY)
    assert lea.screens.modals == []


async def test_a_trigger_id_that_is_too_old_opens_nothing(parley: Parley) -> None:
    """Not even half a form: the answer says that it was not shown, and becomes a message."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("views.open", error="expired_trigger_id", times=2)
    request = await asked(parley, lea)
    assert not await parley.platform.answer(request, REPLY)
    assert lea.screens.modals == []


async def test_an_empty_modal_that_got_lost_is_opened_with_its_answer(parley: Parley) -> None:
    """The process may have died between storing and opening; within three seconds all is well."""
    lea = parley.workspace.user("Léa")
    parley.workspace.fault("views.open", status=503)
    request = await asked(parley, lea)
    assert await parley.platform.answer(request, REPLY)
    await lea.screens.form("Write a note")


async def test_another_process_finds_it_by_its_name(parley: Parley) -> None:
    """It is named after the trigger id, which stands in the inbox."""
    lea = parley.workspace.user("Léa")
    request = await asked(parley, lea)
    await lea.screens.waits_for("⏳")
    [view] = parley.workspace.views.values()
    assert view["external_id"] == external_id(request.surface.removeprefix("trigger:"))


async def test_the_service_in_trouble_is_no_form(parley: Parley) -> None:
    """It could not be shown; the button beside the message opens it again."""
    lea = parley.workspace.user("Léa")
    request = await asked(parley, lea)
    await lea.screens.waits_for("⏳")
    parley.workspace.fault("views.update", status=503)
    assert not await parley.platform.answer(request, REPLY)
