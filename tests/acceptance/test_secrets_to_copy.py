"""What is to be copied is a message, whatever was pressed for it: a popup is cut off and cannot be marked."""

from __future__ import annotations

import pytest

from models.messaging.outbox import Outgoing
from tests.acceptance.office import SALES, office, private


@pytest.mark.parametrize(
    ("typed", "choice", "secret"),
    [
        ("hoxxk new Website", "hook new Website", "/hooks/lead/"),
        ("linxx", "link", "/start "),
        ("invixx zoe@parley.example", "invite zoe@parley.example", "/start "),
    ],
)
@pytest.mark.parametrize("room", ["", SALES])
async def test_a_secret_after_a_press_is_a_private_message(
    database_url: str, room: str, typed: str, choice: str, secret: str
) -> None:
    """Whole, and forgotten in the outbox; a room is told where it went."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        asked = (await here.says("sam", typed, room))[-1]
        shown = await here.presses("sam", asked, choice)
        [told] = [each for each in shown if secret in each.text]
        assert (told.address, told.only_to) == (private("sam"), "")
        assert [each.address for each in shown if each.only_to] == ([SALES] if room else [])
        assert not any(secret in body for body in await Outgoing.all().values_list("body", flat=True))
