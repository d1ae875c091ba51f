"""Blob: the content of a file, kept once by its SHA-256, so that backups and every process have it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public


class Blob(Model):
    """``sha256`` is hexadecimal, ``size`` in bytes. What no Attachment names any more may go."""

    sha256 = public(fields.CharField(max_length=64, primary_key=True))
    size = public(fields.IntField())
    content = personal(fields.BinaryField())
    created_at = public(UTCDatetimeField())

    class Meta:
        table = "blob"

    @classmethod
    async def keep(cls, content: bytes, now: datetime) -> str:
        """Keep it, unless the same is there; returns its name."""
        name = hashlib.sha256(content).hexdigest()
        values = {"size": len(content), "content": content, "created_at": now}
        await cls.get_or_create(values, sha256=name)
        return name

    @classmethod
    async def read(cls, sha256: str) -> bytes | None:
        """The content of that name; None where it is not kept any more."""
        blob = await cls.get_or_none(sha256=sha256)
        return bytes(blob.content) if blob is not None else None
