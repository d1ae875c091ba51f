"""ReadMark: how far a platform's history is known to be in the inbox."""

from __future__ import annotations

from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, public


class ReadMark(Model):
    """Everything that was sent on ``platform`` before ``until`` is in the inbox."""

    platform = public(fields.CharField(max_length=20, primary_key=True))
    until = public(UTCDatetimeField())

    class Meta:
        table = "read_mark"

    @classmethod
    async def of(cls, platform: str) -> datetime | None:
        """Its instant, aware UTC; None where nothing was ever noted."""
        mark = await cls.get_or_none(platform=platform)
        return mark.until if mark else None

    @classmethod
    async def move(cls, platform: str, until: datetime) -> None:
        """Note an instant; it may lie before the one that was noted."""
        await cls.update_or_create({"until": until}, platform=platform)
