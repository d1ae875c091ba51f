"""What people type, press and see."""

from collections.abc import Callable

import pytest

from . import Person, SlackEmulator
from .bare import Client, actions, button, option


@pytest.mark.parametrize(
    ("typed", "arrives"),
    [
        ("R&D <3 > 2", "R&amp;D &lt;3 &gt; 2"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("jane@acme.com, call", "<mailto:jane@acme.com|jane@acme.com>, call"),
        ("see https://acme.com/?a=1&b=2.", "see <https://acme.com/?a=1&amp;b=2>."),
        ("acme.com/about", "<http://acme.com/about|acme.com/about>"),
        ("call +33 6 12 34 56 78 now", "call <tel:+33612345678|+33 6 12 34 56 78> now"),
        ("call 555-123-4567", "call <tel:5551234567|555-123-4567>"),
        ("12 000 € on 2027-03-01 10:30", "12 000 € on 2027-03-01 10:30"),
        ("ask @Tom and @Tommy", "ask <@U00000003> and @Tommy"),
        ("in #general", "in <#C00000005|general>"),
        ("@channel look", "<!channel> look"),
    ],
)
async def test_what_is_typed_arrives_in_slacks_markup(
    slack: SlackEmulator, lea: Person, typed: str, arrives: str
) -> None:
    """Escapes, mail, links, telephone numbers, people, channels and broadcasts are marked."""
    slack.user("Tom")
    slack.channel("general", [lea])
    ts = lea.says(typed)

    event = slack.deliveries_of(ts)[0].payload["event"]

    assert event["text"] == arrives
    assert event["blocks"][0]["type"] == "rich_text"


async def test_raw_text_arrives_as_it_is(slack: SlackEmulator, lea: Person) -> None:
    """A test can send markup that no keyboard makes."""
    ts = lea.says("<tel:+331|x>&", raw=True)

    assert slack.deliveries_of(ts)[0].payload["event"]["text"] == "<tel:+331|x>&"


async def test_a_command_names_people_when_the_manifest_asks_for_it() -> None:
    """With ``should_escape`` a mention carries id and name; without, the text is as typed."""
    for escape, text in ((True, "tell <@U00000001|Léa> &amp; co"), (False, "tell @Léa & co")):
        async with SlackEmulator(escape_commands=escape) as slack:
            lea = slack.user("Léa")
            assert lea.commands("/crm", "tell @Léa & co").payload["text"] == text


async def test_a_person_sees_marks_resolved(client: Client, lea: Person) -> None:
    """Entities, mentions, links and dates stand on the screen as their readable form."""
    text = f"<@{lea.id}> &amp; <https://a.fr|Acme> <!date^1^{{date}}|1 Jan> <https://b.fr>"
    await client.call("chat.postMessage", channel=lea.dm.id, text=text)

    assert lea.sees() == ["@Léa & Acme 1 Jan https://b.fr"]


async def test_people_cannot_do_what_slack_does_not_offer(slack: SlackEmulator, lea: Person) -> None:
    """Speaking where one is not, pressing what is not there, changing others' words: LookupError."""
    tom = slack.user("Tom")
    ts = lea.says("hi")
    acts: list[Callable[[], object]] = [
        lambda: lea.says("x", slack.channel("private", [tom])),
        lambda: lea.presses(ts, "Undo"),
        lambda: tom.edits(ts, "x"),
        lambda: lea.edits("1.000001", "x"),
        lambda: slack.redeliver("Ev404"),
    ]

    for act in acts:
        with pytest.raises(LookupError):
            act()


async def test_waiting_in_vain_says_what_was_seen(client: Client, lea: Person) -> None:
    """The failure names the person, the wish and the screen."""
    await client.call("chat.postMessage", channel=lea.dm.id, text="something else")

    with pytest.raises(AssertionError, match=r"Léa waited 0\.01 s for 'Logged'.*something else"):
        await lea.waits_for("Logged", within=0.01)


async def test_a_press_carries_what_was_pressed(client: Client, slack: SlackEmulator, lea: Person) -> None:
    """A button is found by label, value or action id; an option brings its selection."""
    menu = {"type": "overflow", "action_id": "more", "options": [option("one", "1"), option("one", "2")]}
    blocks = [actions(button("Done", value="42", action_id="done"), button("Skip"), menu)]
    await client.call("chat.postMessage", channel=lea.dm.id, text="x", blocks=blocks)
    shown = lea.shows()[0]

    by_label = lea.presses(shown, "Done").payload["actions"][0]
    by_value = lea.presses(shown.ts, "42").payload["actions"][0]
    chosen = lea.presses(shown, "2").payload["actions"][0]

    assert by_label["action_id"] == by_value["action_id"] == "done"
    assert (by_label["value"], by_label["type"]) == ("42", "button")
    assert chosen["selected_option"]["value"] == "2"
    with pytest.raises(LookupError, match="2 things to press are 'one'"):
        lea.presses(shown, "one")


async def test_a_screen_that_was_not_refreshed_can_still_be_pressed(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """Two presses on one button both reach the app, although the first has changed the message."""
    posted = await client.call(
        "chat.postMessage", channel=lea.dm.id, text="x", blocks=[actions(button(value="7"))]
    )
    stale = lea.shows()[0]
    await client.call("chat.update", channel=lea.dm.id, ts=posted.body["ts"], text="gone", blocks=[])

    assert lea.presses(stale, "Undo").payload["actions"][0]["value"] == "7"
    with pytest.raises(LookupError):
        lea.presses(stale.ts, "Undo")
