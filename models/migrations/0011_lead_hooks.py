"""Addresses that web forms post leads to."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.fields import UTCDatetimeField
from models.migrations._by_code_point import compare_by_code_point, keep


class Migration(migrations.Migration):
    dependencies = [("models", "0010_files_edits_replies")]

    operations = [
        ops.CreateModel(
            name="LeadHook",
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
                ("name", fields.CharField(max_length=100)),
                ("digest", fields.CharField(max_length=64)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="owner_id",
                        null=True,
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "made_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="made_by_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("deleted_at", UTCDatetimeField(null=True)),
            ],
            options={"table": "lead_hook", "unique_together": (("workspace", "name"),)},
        ),
        ops.RunPython(compare_by_code_point, keep),
    ]
