"""SavedCommand: what a button does, behind a token that nobody can guess."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public, secret

# A receipt's buttons serve for a day; the messages themselves stay.
LIFETIME = timedelta(hours=24)


class SavedCommand(Model):
    """One button of one message.

    ``token`` has 128 random bits. ``command`` and ``arguments`` are an Invocation. ``number`` is what
    may be typed instead in the chat ``platform``, ``address``. ``presser_id`` None: whoever has the
    right. ``said`` is the message whose answer it stands under, ``outgoing_id`` that answer.
    ``once``: its message takes one answer; ``used_at`` is when.
    """

    token = secret(fields.CharField(max_length=32, primary_key=True))
    workspace_id = public(fields.BigIntField(null=True))
    platform = public(fields.CharField(max_length=20))
    address = personal(fields.CharField(max_length=254))
    number = public(fields.SmallIntField())
    command = public(fields.CharField(max_length=40))
    arguments: dict[str, Any] = personal(fields.JSONField(default=dict))
    presser_id = public(fields.BigIntField(null=True))
    outgoing_id = public(fields.BigIntField(null=True))
    created_at = public(UTCDatetimeField())
    expires_at = public(UTCDatetimeField())
    used_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "saved_command"
        indexes = (("platform", "address", "number", "created_at"), ("expires_at",))


def new_token() -> str:
    """128 random bits, 22 characters, safe in every platform's button value."""
    return secrets.token_urlsafe(16)
