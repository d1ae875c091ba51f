"""Lane: one chat. Its row is locked for a turn, so that a chat is answered in order."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import personal, public

# Button numbers run from 1 to this per chat, then begin anew.
HIGHEST_BUTTON = 99


class Lane(Model):
    """``button`` is the number that the chat's last button got."""

    id = public(fields.BigIntField(primary_key=True))
    platform = public(fields.CharField(max_length=20))
    address = personal(fields.CharField(max_length=254))
    button = public(fields.SmallIntField(default=0))

    class Meta:
        table = "lane"
        unique_together = (("platform", "address"),)
