"""Rooms, what is posted in them; who cannot be written to is reported when three messages wait."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.fields import UTCDatetimeField
from models.migrations._by_code_point import compare_by_code_point, keep
from models.post import PostState
from models.room import Topic


async def call_off_old_reports(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Call reports of one failed message off that were not sent yet: it takes three by now."""
    await editor.client.execute_script(
        "UPDATE notification SET state = 'cancelled' WHERE kind = 'unreachable' AND state = 'waiting'"
    )


class Migration(migrations.Migration):
    dependencies = [("models", "0008_filters_and_reports")]

    operations = [
        ops.CreateModel(
            name="Room",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("platform", fields.CharField(max_length=20)),
                ("address", fields.CharField(max_length=254)),
                ("name", fields.CharField(default="", max_length=200)),
                ("internal", fields.BooleanField(default=False)),
                ("outsiders", fields.BooleanField(default=False)),
                ("posts", fields.JSONField(default=list)),
                (
                    "posted_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="posted_by_id",
                        null=True,
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("closed_because", fields.CharField(default="", max_length=300)),
                ("created_at", UTCDatetimeField()),
            ],
            options={
                "table": "room",
                "unique_together": (("workspace", "platform", "address"),),
                "indexes": [Index(fields=["platform", "address"])],
            },
        ),
        ops.CreateModel(
            name="Post",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "room",
                    fields.ForeignKeyField(
                        "models.Room",
                        source_field="room_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("topic", fields.CharEnumField(enum_type=Topic, max_length=10)),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("from_stage_id", fields.BigIntField()),
                ("to_stage_id", fields.BigIntField()),
                ("said", fields.CharField(max_length=64)),
                ("at", UTCDatetimeField()),
                ("due_at", UTCDatetimeField()),
                (
                    "state",
                    fields.CharEnumField(default=PostState.WAITING, enum_type=PostState, max_length=10),
                ),
                ("outgoing_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "post",
                "unique_together": (("room", "deal", "said"),),
                "indexes": [
                    Index(fields=["state", "due_at"]),
                    Index(fields=["room_id", "deal_id"]),
                    Index(fields=["deal_id", "said"]),
                    Index(fields=["outgoing_id"]),
                ],
            },
        ),
        ops.RunPython(call_off_old_reports, keep),
        ops.RunPython(compare_by_code_point, keep),
    ]
