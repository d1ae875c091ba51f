"""The platform contract: what is typed comes in, is read, and is answered."""

from __future__ import annotations

import pytest

from models.activity import Activity, ActivityKind
from models.contact import Contact
from models.messaging.inbox import Incoming
from models.reminder import Reminder
from tests.platforms.stage import Stage


async def test_a_line_is_answered(stage: Stage) -> None:
    """Whoever speaks is answered, in one message."""
    marc = await stage.joined("marc")
    seen = await marc.says("about")
    assert "Parley" in seen
    assert len(seen.shown) == 1


async def test_a_line_writes(stage: Stage) -> None:
    """A call, its length and its note are stored, and the receipt says so."""
    marc = await stage.joined("marc")
    seen = await marc.says("call Omar 20m: wants a rollout plan")
    assert "✅ Call logged · Omar Haddad (Initech) · 20 min" in seen
    call = await Activity.get(kind=ActivityKind.CALL)
    assert (call.duration, call.notes) == (1200, "wants a rollout plan")


@pytest.mark.parametrize("line", ["/today", "/crm today", "TODAY", "  today  ", "jour"])
async def test_a_command_is_known_however_it_is_typed(stage: Stage, line: str) -> None:
    """With the signs that chats put before commands, in capitals, in the other language."""
    marc = await stage.joined("marc")
    assert "Nothing is due today" in await marc.says(line)


async def test_the_answer_is_in_the_members_language(stage: Stage) -> None:
    """French for Léa, whatever language she types in."""
    lea = await stage.joined("lea", language="fr")
    assert "Appel enregistré" in await lea.says("appel Jane chez Acme 20 min : veut 50 licences")
    assert "Appel enregistré" in await lea.says("call Luc 5m")


async def test_a_language_can_be_changed(stage: Stage) -> None:
    """From the next answer on."""
    marc = await stage.joined("marc")
    await marc.says("lang fr")
    assert "Appel enregistré" in await marc.says("call Omar 5m")


async def test_each_line_of_a_message_stands_for_itself(stage: Stage) -> None:
    """One that is refused leaves the others standing; all are answered, in their order."""
    marc = await stage.joined("marc")
    seen = await marc.says(
        "call Omar 5m\nremind call Omar yesterday 5pm\nremind call May Chen tomorrow at 10"
    )
    assert await Activity.all().count() == 1
    assert [each.text for each in await Reminder.all()] == ["call May Chen"]
    assert seen.plain.index("Call logged") < seen.plain.index("in the past") < seen.plain.index("May Chen")


async def test_a_note_of_several_lines_is_one(stage: Stage) -> None:
    """A line that begins with no command goes on with the one before it."""
    marc = await stage.joined("marc")
    await marc.says("note #D-90 legal is blocking\nthey want a new clause\nand a later start")
    note = await Activity.get()
    assert note.notes == "legal is blocking\nthey want a new clause\nand a later start"


async def test_a_long_note_is_kept_whole(stage: Stage) -> None:
    """Nearly as much as the smallest platform lets people type."""
    marc = await stage.joined("marc")
    said = " ".join(f"word{n}" for n in range(400))
    await marc.says(f"note #D-90 {said}")
    assert (await Activity.get()).notes == said


@pytest.mark.parametrize(
    "line",
    [
        "call Omar 5m : “fine”",
        "call Omar\u00a05m:\u202f“fine”",
        "call Omar 5m : « fine »",
        'call Omar 5m, "fine"',
    ],
)
async def test_typographic_signs_are_read(stage: Stage, line: str) -> None:
    """Telephones put them in by themselves."""
    marc = await stage.joined("marc")
    assert "Call logged" in await marc.says(line)
    call = await Activity.get()
    assert call.duration == 300
    assert "fine" in call.notes


@pytest.mark.parametrize(
    "name",
    [
        "Bobby <b>Tables</b>",
        "Ann & Co <!channel>",
        "Eve <@U0PARLEYBOT> <#C1|x>",
        "*Bold* _Lee_ `tick` ~no~",
        "[Ann](tg://user?id=1)",
        "Zoë 🏄🏽 Łukasz",
        "{0.__class__} %s {{7*7}}",
    ],
)
@pytest.mark.threat("S8")
async def test_a_hostile_name_is_only_a_name(stage: Stage, name: str) -> None:
    """It is stored and shown as it was typed; the service finds nothing wrong, and nobody is pinged."""
    marc = await stage.joined("marc")
    seen = await marc.says(f'contact new "{name}" @ Initech')
    assert name in seen
    assert (await Contact.all().order_by("-id").first()).name == name  # type: ignore[union-attr] # just made
    assert name in await marc.says("undo")


async def test_a_slip_of_the_finger_is_read_and_said(stage: Stage) -> None:
    """The answer says what it was read as."""
    marc = await stage.joined("marc")
    assert "read “cal” as “call”" in await marc.says("cal Jane Roy 10m ok")


async def test_what_is_not_understood_is_said_with_a_way_on(stage: Stage) -> None:
    """Nothing is written; the buttons offer what may have been meant."""
    marc = await stage.joined("marc")
    seen = await marc.says("quxx acme")
    assert "I did not recognise a command, but I know Acme." in seen
    assert {"Show Acme", "Save as note", "Help"} <= set(seen.labels)


async def test_lines_are_answered_in_their_order(stage: Stage) -> None:
    """However fast they were typed."""
    marc = await stage.joined("marc")
    for n in range(1, 7):
        marc.type(f"remind call number {n} in {n}h")
    seen = await marc.sees()
    places = [seen.plain.index(f"call number {n}") for n in range(1, 7)]
    assert places == sorted(places)
    assert [each.text for each in await Reminder.all().order_by("id")] == [
        f"call number {n}" for n in range(1, 7)
    ]


async def test_chats_do_not_mix(stage: Stage) -> None:
    """Each reads the answers to their own lines, and no other's."""
    marc, lea = await stage.joined("marc"), await stage.joined("lea", language="fr")
    marc.type("remind call Omar in 2h")
    lea.type("rappel appeler Luc dans 2h")
    his, hers = await marc.sees(), await lea.sees()
    assert "Omar" in his and "Luc" not in his
    assert "Luc" in hers and "Omar" not in hers


async def test_the_same_delivery_twice_is_one(stage: Stage) -> None:
    """Services deliver again what they are not sure of."""
    marc = await stage.joined("marc")
    assert "call Omar" in await marc.says("remind call Omar in 2h")
    for _ in range(3):
        marc.redeliver()
    assert (await marc.sees()).shown == ()
    assert await Reminder.all().count() == 1


async def test_what_nobody_can_read_blocks_nobody(stage: Stage) -> None:
    """It is set aside, between two lines that are answered."""
    marc = await stage.joined("marc")
    await marc.says("remind call 1 in 2h")
    stage.garbles()
    assert "call 2" in await marc.says("remind call 2 in 2h")
    assert len(await stage.failures()) == 1


async def test_what_came_in_before_a_stop_is_answered_after_it(stage: Stage) -> None:
    """It stands in the inbox, and the next process takes it up."""
    marc = await stage.joined("marc")
    await marc.says("about")
    marc.type("remind call Omar in 2h")
    if stage.name == "console":  # a line is answered before the next is read: there is nothing between
        await stage.settles()
    await stage.heard()
    await stage.restarts()
    assert "call Omar" in await marc.sees()
    assert await Reminder.all().count() == 1
    assert await Incoming.filter(state="waiting").count() == 0
