"""The shelf, with a short name, and the notes on it."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.fields import UTCDatetimeField


class Migration(migrations.Migration):
    initial = True
    operations = [
        ops.CreateModel(
            name="Shelf",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("at", UTCDatetimeField()),
                ("name", fields.CharField(max_length=10, unique=True)),
                ("lock", fields.CharField(max_length=20, default="")),
            ],
            options={"table": "shelf", "indexes": [Index(fields=["lock"], name="shelf_lock")]},
        ),
        ops.CreateModel(
            name="Note",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("at", UTCDatetimeField()),
                (
                    "shelf",
                    fields.ForeignKeyField(
                        "models.Shelf",
                        source_field="shelf_id",
                        related_name="notes",
                        on_delete=fields.CASCADE,
                    ),
                ),
                ("text", fields.TextField(default="")),
                ("seen_at", UTCDatetimeField(null=True)),
                ("bare", fields.IntField(default=0)),
            ],
            options={"table": "note"},
        ),
    ]
