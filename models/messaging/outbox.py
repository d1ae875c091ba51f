"""Outbox: what is to be said. The only place from which anything is sent, and the only retrier."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public
from models.notification import Priority


class OutboxState(StrEnum):
    """Still to be sent, sent, or never to be."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Outgoing(Model):
    """One message to one chat.

    ``body`` is a Reply as versioned JSON. ``edits_ref`` is the platform's reference of the message it
    replaces, ``answers`` of the one it answers. ``attempts`` counts sends that were begun;
    ``uncertain``: one of them may have arrived although no answer came back. ``lease_until`` is when
    another process may take over from ``lease_holder``.
    ``subject`` is the record that a push is about, ``shown`` the human ids of those that it shows, the one
    that it is about first, None where it shows none: a reply to it continues them.
    ``message_ref`` is the platform's reference.
    """

    id = public(fields.BigIntField(primary_key=True))
    workspace_id = public(fields.BigIntField(null=True))
    member_id = public(fields.BigIntField(null=True))
    platform = public(fields.CharField(max_length=20))
    address = personal(fields.CharField(max_length=254))
    language = public(fields.CharField(max_length=20))
    body = personal(fields.TextField())
    dedupe_key = public(fields.CharField(max_length=120, unique=True))
    priority = public(fields.IntEnumField(Priority, default=Priority.INTERACTIVE))
    push = public(fields.BooleanField(default=False))
    subject = public(fields.CharField(max_length=60, default=""))
    shown: list[str] | None = public(fields.JSONField(null=True))
    answers = personal(fields.CharField(max_length=254, null=True))
    edits_ref = personal(fields.CharField(max_length=254, null=True))
    state = public(fields.CharEnumField(OutboxState, max_length=10, default=OutboxState.WAITING))
    created_at = public(UTCDatetimeField())
    not_before = public(UTCDatetimeField())
    attempts = public(fields.SmallIntField(default=0))
    uncertain = public(fields.BooleanField(default=False))
    lease_holder = public(fields.CharField(max_length=64, null=True))
    lease_until = public(UTCDatetimeField(null=True))
    error = public(fields.CharField(max_length=300, default=""))
    sent_at = public(UTCDatetimeField(null=True))
    message_ref = personal(fields.CharField(max_length=254, null=True))

    class Meta:
        table = "outbox"
        indexes = (
            ("state", "platform", "priority", "not_before"),
            ("state", "platform", "address", "priority", "id"),
            ("subject", "state"),
            ("platform", "message_ref"),
        )
