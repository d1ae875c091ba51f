"""A shelf and the notes on it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.fields import UTCDatetimeField, personal, public, secret, sensitive


class Placed(Model):
    """What a row of both has."""

    id = public(fields.BigIntField(primary_key=True))
    at = personal(UTCDatetimeField())

    class Meta:
        abstract = True


class Shelf(Placed):
    name = public(fields.CharField(max_length=20, unique=True))
    lock = secret(fields.CharField(max_length=20, default=""))

    class Meta:
        table = "shelf"


class Note(Placed):
    shelf: fields.ForeignKeyRelation[Shelf] = sensitive(
        fields.ForeignKeyField("models.Shelf", related_name="notes", on_delete=fields.CASCADE)
    )
    shelf_id: int
    text = sensitive(fields.TextField(default=""))
    seen_at = personal(UTCDatetimeField(null=True))
    bare = fields.IntField(default=0)

    class Meta:
        table = "note"
