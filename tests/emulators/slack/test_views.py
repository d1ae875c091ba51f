"""Modals and Home tabs."""

from typing import Any

import pytest

from . import Person, SlackEmulator
from .bare import Client, Clock, Json, plain, section


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain("Log"), "blocks": [section("…")], **more}


async def test_a_trigger_opens_one_modal_within_three_seconds(
    client: Client, slack: SlackEmulator, lea: Person, clock: Clock
) -> None:
    """A trigger id works once; late, used and invented ones are refused, each in its word."""
    fresh, late = lea.commands("/crm").id, lea.commands("/crm").id

    opened = await client.call("views.open", trigger_id=fresh, view=modal(callback_id="log"))
    again = await client.call("views.open", trigger_id=fresh, view=modal())
    invented = await client.call("views.open", trigger_id="1.2.x", view=modal())
    clock.now += 3.1
    expired = await client.call("views.open", trigger_id=late, view=modal())

    assert opened.body["view"]["callback_id"] == "log"
    assert slack.ledger[-1].to == lea.id
    assert [a.error for a in (again, invented, expired)] == [
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "expired_trigger_id",
    ]


async def test_an_external_id_names_one_view(client: Client, lea: Person) -> None:
    """It finds the view again; a second view of that name is refused."""
    first, second = lea.commands("/crm").id, lea.commands("/crm").id
    view = modal(external_id="log-1")
    await client.call("views.open", trigger_id=first, view=view)

    again = await client.call("views.open", trigger_id=second, view=view)
    updated = await client.call("views.update", external_id="log-1", view=view)

    assert again.error == "duplicate_external_id"
    assert updated.body["ok"] is True


async def test_a_view_is_updated_by_its_id_and_hash(client: Client, lea: Person) -> None:
    """An old hash is a conflict, an unknown view not_found."""
    trigger = lea.commands("/crm").id
    opened = (await client.call("views.open", trigger_id=trigger, view=modal())).body["view"]
    here = {"view_id": opened["id"], "view": modal(title=plain("Done"))}

    updated = await client.call("views.update", **here, hash=opened["hash"])
    conflict = await client.call("views.update", **here, hash=opened["hash"])
    missing = await client.call("views.update", view_id="V404", view=modal())

    assert updated.body["view"]["title"]["text"] == "Done"
    assert [a.error for a in (conflict, missing)] == ["hash_conflict", "not_found"]


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (modal(title=plain("t" * 25)), "less than 25 characters"),
        (modal(submit=plain("t" * 25)), "less than 25 characters"),
        (modal(private_metadata="p" * 3001), "less than 3001 characters"),
        (modal(blocks=[{"type": "divider"}] * 101), "no more than 100 items allowed"),
        (modal(type="home"), "unsupported type: home"),
        (modal(colour="red"), "invalid additional property: colour"),
        (
            modal(
                blocks=[
                    {
                        "type": "input",
                        "label": plain("Note"),
                        "element": {"type": "plain_text_input"},
                    }
                ]
            ),
            "missing required field: submit",
        ),
    ],
)
async def test_a_view_that_slack_refuses_is_an_invalid_argument(
    client: Client, lea: Person, view: Json, told: str
) -> None:
    """Each limit of a modal is told with a pointer, and the trigger id is not spent."""
    trigger = lea.commands("/crm").id

    refused = await client.call("views.open", trigger_id=trigger, view=view)
    taken = await client.call("views.open", trigger_id=trigger, view=modal())

    assert refused.error == "invalid_arguments"
    assert told in refused.body["response_metadata"]["messages"][0]
    assert taken.body["ok"] is True


async def test_a_home_tab_is_published_and_replaced(
    client: Client, slack: SlackEmulator, lea: Person
) -> None:
    """A person has one Home tab; publishing for nobody is refused."""
    home = {"type": "home", "blocks": [section("Today")]}

    first = await client.call("views.publish", user_id=lea.id, view=home)
    second = await client.call("views.publish", user_id=lea.id, view=home)
    nobody = await client.call("views.publish", user_id="U404", view=home)

    assert first.body["view"]["id"] == second.body["view"]["id"]
    assert len(slack.views) == 1
    assert nobody.error == "invalid_arguments"
