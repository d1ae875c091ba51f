"""Files on records; which message an edit is of, and which records a message shows."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.attachment import AttachmentKind, AttachmentState
from models.fields import UTCDatetimeField
from models.migrations._by_code_point import compare_by_code_point, keep
from models.migrations._plans import plan_for_many


class Migration(migrations.Migration):
    dependencies = [("models", "0009_rooms_and_posts")]

    operations = [
        ops.CreateModel(
            name="Attachment",
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
                ("number", fields.IntField()),
                ("revision", fields.IntField(default=1)),
                ("created_at", UTCDatetimeField()),
                ("updated_at", UTCDatetimeField()),
                ("deleted_at", UTCDatetimeField(null=True)),
                ("kind", fields.CharEnumField(enum_type=AttachmentKind, max_length=10)),
                ("name", fields.CharField(max_length=200)),
                ("media_type", fields.CharField(default="", max_length=100)),
                ("size", fields.BigIntField(null=True)),
                ("seconds", fields.IntField(null=True)),
                ("platform", fields.CharField(max_length=20)),
                ("source", fields.TextField()),
                ("caption", fields.TextField(default="")),
                (
                    "state",
                    fields.CharEnumField(
                        default=AttachmentState.WAITING, enum_type=AttachmentState, max_length=10
                    ),
                ),
                ("attempts", fields.SmallIntField(default=0)),
                ("not_before", UTCDatetimeField()),
                ("error", fields.CharField(default="", max_length=200)),
                ("sha256", fields.CharField(null=True, max_length=64)),
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
                    "contact",
                    fields.ForeignKeyField(
                        "models.Contact",
                        source_field="contact_id",
                        null=True,
                        related_name="attachments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        related_name="attachments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "lead",
                    fields.ForeignKeyField(
                        "models.Lead",
                        source_field="lead_id",
                        null=True,
                        related_name="attachments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        null=True,
                        related_name="attachments",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "attachment",
                "unique_together": (("workspace", "number"),),
                "indexes": [
                    Index(fields=["state", "not_before"]),
                    Index(fields=["contact_id"]),
                    Index(fields=["company_id"]),
                    Index(fields=["lead_id"]),
                    Index(fields=["deal_id"]),
                    Index(fields=["sha256"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Blob",
            fields=[
                ("sha256", fields.CharField(primary_key=True, max_length=64)),
                ("size", fields.IntField()),
                ("content", fields.BinaryField()),
                ("created_at", UTCDatetimeField()),
            ],
            options={"table": "blob", "pk_attr": "sha256"},
        ),
        ops.AddField(
            model_name="Incoming",
            name="ref",
            field=fields.CharField(null=True, max_length=254),
        ),
        ops.AddIndex(
            model_name="Incoming",
            index=Index(fields=["platform", "ref"]),
        ),
        ops.AddField(
            model_name="Outgoing",
            name="shown",
            field=fields.JSONField(null=True),
        ),
        ops.AddIndex(
            model_name="Outgoing",
            index=Index(fields=["platform", "message_ref"]),
        ),
        ops.RunPython(compare_by_code_point, keep),
        ops.RunPython(plan_for_many, keep),
    ]
