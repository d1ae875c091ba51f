"""Inbox: what was said, kept before anything is acknowledged to a platform."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public


class InboxState(StrEnum):
    """Waiting for its turn; answered; or set aside because nobody can read or answer it."""

    WAITING = "waiting"
    DONE = "done"
    QUARANTINED = "quarantined"


class Incoming(Model):
    """One delivery of a platform, whole.

    ``payload`` is its JSON text. ``ref`` is the platform's reference of the message, once it is answered: an
    edit of it is known by that. ``attempts`` counts the turns that failed or were cut short. ``command``,
    ``outcome`` and ``took_ms`` are what a trace shows; message text stands in ``payload`` only.
    """

    id = public(fields.BigIntField(primary_key=True))
    platform = public(fields.CharField(max_length=20))
    key = public(fields.CharField(max_length=200))
    address = personal(fields.CharField(max_length=254))
    payload = personal(fields.TextField())
    received_at = public(UTCDatetimeField())
    state = public(fields.CharEnumField(InboxState, max_length=12, default=InboxState.WAITING))
    attempts = public(fields.SmallIntField(default=0))
    member_id = public(fields.BigIntField(null=True))
    command = public(fields.CharField(max_length=40, default=""))
    outcome = public(fields.CharField(max_length=200, default=""))
    done_at = public(UTCDatetimeField(null=True))
    took_ms = public(fields.IntField(null=True))
    ref = personal(fields.CharField(max_length=254, null=True))

    class Meta:
        table = "inbox"
        unique_together = (("platform", "key"),)
        indexes = (("state", "platform", "address", "id"), ("platform", "address", "id"), ("platform", "ref"))


# Crockford's alphabet: no letter that is read or heard as another.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Odd and below 2**25: multiplying by it mixes the ids, so that neighbours do not look alike.
_MIX = 0x1A4C2B5
_UNMIX: int = pow(_MIX, -1, 2**25)


def reference(inbox_id: int) -> str:
    """A short name of a turn, such as ``K7Q2M``, to read out to support. The id can be had back."""
    high, low = divmod(inbox_id, 2**25)
    mixed, letters = (low * _MIX) % 2**25, ""
    for _ in range(5):
        mixed, digit = divmod(mixed, 32)
        letters += _ALPHABET[digit]
    return f"{letters}{high or ''}"


def inbox_id(ref: str) -> int | None:
    """The id behind :func:`reference`, None where it is none; case, O for 0, I and L for 1 are forgiven."""
    text = ref.strip().upper().replace("O", "0").replace("I", "1").replace("L", "1")
    letters, high = text[:5], text[5:]
    if len(letters) < 5 or any(letter not in _ALPHABET for letter in letters):
        return None
    if high and not (high.isascii() and high.isdigit() and len(high) < 12):
        return None
    mixed = sum(_ALPHABET.index(letter) * 32**place for place, letter in enumerate(letters))
    found: int = int(high or 0) * 2**25 + (mixed * _UNMIX) % 2**25
    return found
