"""Addresses and references."""

import pytest

from bot.slack.address import Address, addressed, block_id, located, reference


@pytest.mark.parametrize(
    ("text", "address", "whispers", "public"),
    [
        ("D1", Address("D1"), False, False),
        ("C1", Address("C1"), False, True),
        ("G1", Address("G1"), False, True),
        ("C1/U1", Address("C1", "U1"), True, False),
        ("D1/W1", Address("D1", "W1"), True, False),
        ("U1", Address("", "U1"), False, False),
        ("W1", Address("", "W1"), False, False),
    ],
)
def test_addresses_say_who_reads_them(text: str, address: Address, whispers: bool, public: bool) -> None:
    """An address is read and written the same, and tells whether one, two or all read it."""
    assert Address.of(text) == address
    assert str(address) == text
    assert (address.whispers, address.public) == (whispers, public)


def test_a_push_never_whispers() -> None:
    """What nobody asked for goes to the person's direct message, or to the channel it was meant for."""
    assert Address.of("C1/U1").for_push() == Address.of("U1")
    assert Address.of("C1").for_push() == Address.of("C1")


@pytest.mark.parametrize("address", ["D1", "C1", "C1/U1"])
def test_a_reference_leads_back(address: str) -> None:
    """A message's reference holds its address and its timestamp."""
    assert located(reference(address, "1712345678.000100")) == (Address.of(address), "1712345678.000100")


@pytest.mark.parametrize("address", ["D1", "C1", "C1/U1", "U1"])
def test_a_row_of_buttons_names_its_chat(address: str) -> None:
    """The id of a row is unique in its message and leads back to the chat."""
    assert addressed(block_id(Address.of(address), 42, 0)) == Address.of(address)
    assert block_id(Address.of(address), 42, 0) != block_id(Address.of(address), 42, 1)


@pytest.mark.parametrize("foreign", ["", "b1A2", "C1", "C1#x.0", "c1#1.0", "C1/#1.0", "C1#1.0\n"])
def test_a_row_of_others_names_nothing(foreign: str) -> None:
    """Ids that Slack made up, or that only look like ours, are no address."""
    assert addressed(foreign) is None
