"""Focus: what a member was last shown in a chat, and the question that is open there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public

LIFETIME = timedelta(minutes=15)


class Focus(Model):
    """One member in one chat, for 15 minutes.

    ``shown`` are human ids, the last first; ``listed`` the ids of the last list, in its order.
    ``question`` is an open question as JSON (see handlers.chat.context), None where none is open.
    """

    id = public(fields.BigIntField(primary_key=True))
    member_id = public(fields.BigIntField())
    platform = public(fields.CharField(max_length=20))
    address = personal(fields.CharField(max_length=254))
    shown: list[str] = public(fields.JSONField(default=list))
    listed: list[str] = public(fields.JSONField(default=list))
    question: dict[str, Any] | None = personal(fields.JSONField(null=True))
    expires_at = public(UTCDatetimeField())

    class Meta:
        table = "focus"
        unique_together = (("member_id", "platform", "address"),)
