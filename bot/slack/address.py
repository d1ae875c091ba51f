"""The addresses of Slack's chats, and the references of messages in them.

====================  ==============================================================================
``D…``                the direct message between a person and Parley
``C…``, ``G…``        a channel; everybody in it reads what is posted
``C…/U…``, ``D…/U…``  what only this person sees there: answers to a slash command, and to presses on
                      such answers. A conversation that Parley was not invited to can be one.
``U…``, ``W…``        the direct message with this person, opened when it is needed
====================  ==============================================================================

A message's reference is its address, a colon and Slack's timestamp: ``C0123:1712345678.000100``.

A message may stand elsewhere than where it was addressed to: what is for ``U…`` stands in ``D…``. A
button belongs to the address, so each row of buttons carries it in its block id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BLOCK_ID: Final = re.compile(r"([A-Z0-9]+(?:/[A-Z0-9]+)?)#\d+\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """``channel`` is a conversation's id, empty for the direct message with ``user``.

    With both, only ``user`` sees what is said in ``channel``.
    """

    channel: str
    user: str = ""

    @classmethod
    def of(cls, text: str) -> Address:
        """Read an address as it stands in the inbox and the outbox."""
        if text[:1] in ("U", "W"):
            return cls("", text)
        channel, _, user = text.partition("/")
        return cls(channel, user)

    def __str__(self) -> str:
        return "/".join(part for part in (self.channel, self.user) if part)

    @property
    def whispers(self) -> bool:
        """Whether one person of a conversation sees it, and the others do not."""
        return bool(self.channel and self.user)

    @property
    def public(self) -> bool:
        """Whether others than the person addressed read it."""
        return not self.user and not is_direct(self.channel)

    def for_push(self) -> Address:
        """Where to say what nobody asked for: an ephemeral message is lost on whoever is away."""
        return Address("", self.user) if self.user else self


def is_direct(channel: str) -> bool:
    """Whether a conversation's id is that of a direct message between two."""
    return channel.startswith("D")


def block_id(address: Address, message: int, row: int) -> str:
    """The id of a row of buttons: unique in its message, new for each version of it."""
    return f"{address}#{message}.{row}"


def addressed(block: str) -> Address | None:
    """The address in a row's id; None where it is none of ours."""
    found = _BLOCK_ID.fullmatch(block)
    return Address.of(found[1]) if found else None


def reference(address: Address | str, ts: str) -> str:
    """The reference of a message."""
    return f"{address}:{ts}"


def located(reference: str) -> tuple[Address, str]:
    """The address and the timestamp in a message's reference."""
    address, _, ts = reference.rpartition(":")
    return Address.of(address), ts
