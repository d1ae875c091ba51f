"""Job: long work, done in short chunks, one transaction each."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public


class JobState(StrEnum):
    """Still running, finished, or given up."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """``cursor`` is where the next chunk begins; it is committed with the chunk before."""

    id = public(fields.BigIntField(primary_key=True))
    workspace_id = public(fields.BigIntField())
    member_id = public(fields.BigIntField())
    kind = public(fields.CharField(max_length=30))
    arguments: dict[str, Any] = personal(fields.JSONField(default=dict))
    cursor: dict[str, Any] = personal(fields.JSONField(default=dict))
    state = public(fields.CharEnumField(JobState, max_length=10, default=JobState.RUNNING))
    outgoing_id = public(fields.BigIntField(null=True))
    created_at = public(UTCDatetimeField())
    updated_at = public(UTCDatetimeField())

    class Meta:
        table = "job"
        indexes = (("state", "id"),)
