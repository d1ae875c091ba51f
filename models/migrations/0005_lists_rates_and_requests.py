"""Lists, rates and requests; merged records; what can be removed and undone in the set-up."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from models.approval import ApprovalState
from models.fields import UTCDatetimeField
from models.migrations._by_code_point import compare_by_code_point, keep
from models.migrations._plans import plan_for_many
from models.option import OptionList

# The lists of a new workspace, as they were when this was released.
_LISTS = {
    "lost_reason": ("Price", "Competitor", "No budget", "No decision", "Not a fit"),
    "lead_source": ("Web", "Referral", "Event", "Cold call", "Partner"),
    "outcome": ("Reached", "No answer", "Left voicemail", "Busy", "Wrong number"),
}


async def fill_lists(apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Give the workspaces that there are the lists that a new one starts with."""
    for which, names in _LISTS.items():
        for position, name in enumerate(names):
            await editor.client.execute_script(
                "INSERT INTO option (workspace_id, list, name, position)"  # noqa: S608 # our own words
                f" SELECT id, '{which}', '{name}', {position} FROM workspace"
            )


class Migration(migrations.Migration):
    dependencies = [("models", "0004_found_by_contact")]

    operations = [
        ops.CreateModel(
            name="Approval",
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
                (
                    "asker",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="asker_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="owner_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("record_id", fields.BigIntField()),
                ("command", fields.CharField(max_length=40)),
                ("arguments", fields.JSONField(default=dict)),
                ("line", fields.CharField(max_length=500)),
                (
                    "state",
                    fields.CharEnumField(default=ApprovalState.OPEN, enum_type=ApprovalState, max_length=10),
                ),
                ("created_at", UTCDatetimeField()),
                ("decided_at", UTCDatetimeField(null=True)),
                ("decided_by_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "approval",
                "indexes": [
                    Index(fields=["workspace_id", "owner_id", "state"]),
                    Index(fields=["workspace_id", "asker_id", "state"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Option",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("list", fields.CharEnumField(enum_type=OptionList, max_length=20)),
                ("name", fields.CharField(max_length=100)),
                ("position", fields.SmallIntField(default=0)),
                ("deleted_at", UTCDatetimeField(null=True)),
            ],
            options={"table": "option", "indexes": [Index(fields=["workspace_id", "list", "position"])]},
        ),
        ops.CreateModel(
            name="Rate",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("rate", fields.CharField(max_length=30)),
                ("set_on", fields.DateField()),
                ("deleted_at", UTCDatetimeField(null=True)),
            ],
            options={"table": "rate", "unique_together": (("workspace", "currency"),)},
        ),
        ops.AddField(
            model_name="Company",
            name="merged_into",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Contact",
            name="merged_into",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="CustomField",
            name="deleted_at",
            field=UTCDatetimeField(null=True),
        ),
        ops.AddField(
            model_name="Deal",
            name="merged_into",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Pipeline",
            name="deleted_at",
            field=UTCDatetimeField(null=True),
        ),
        ops.AddField(
            model_name="Stage",
            name="deleted_at",
            field=UTCDatetimeField(null=True),
        ),
        ops.AddField(
            model_name="Stage",
            name="required",
            field=fields.JSONField(default=list, db_default="[]"),
        ),
        ops.AddField(
            model_name="Team",
            name="deleted_at",
            field=UTCDatetimeField(null=True),
        ),
        ops.RunPython(fill_lists, keep),
        ops.RunPython(compare_by_code_point, keep),
        ops.RunPython(plan_for_many, keep),
    ]
