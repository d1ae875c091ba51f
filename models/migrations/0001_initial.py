"""The first tables."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.activity import ActivityKind, ActivityStatus
from models.custom_field import CustomKind
from models.deal import StageKind
from models.fields import UTCDatetimeField
from models.lead import LeadStatus
from models.member import Role
from models.messaging.inbox import InboxState
from models.messaging.job import JobState
from models.messaging.outbox import OutboxState
from models.notification import NotificationState, Priority
from models.reminder import ReminderState
from models.workspace import Visibility


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Focus",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("member_id", fields.BigIntField()),
                ("platform", fields.CharField(max_length=20)),
                ("address", fields.CharField(max_length=254)),
                ("shown", fields.JSONField(default=list)),
                ("listed", fields.JSONField(default=list)),
                ("question", fields.JSONField(null=True)),
                ("expires_at", UTCDatetimeField()),
            ],
            options={"table": "focus", "unique_together": (("member_id", "platform", "address"),)},
        ),
        ops.CreateModel(
            name="Incoming",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("platform", fields.CharField(max_length=20)),
                ("key", fields.CharField(max_length=200)),
                ("address", fields.CharField(max_length=254)),
                ("payload", fields.TextField()),
                ("received_at", UTCDatetimeField()),
                (
                    "state",
                    fields.CharEnumField(default=InboxState.WAITING, enum_type=InboxState, max_length=12),
                ),
                ("attempts", fields.SmallIntField(default=0)),
                ("member_id", fields.BigIntField(null=True)),
                ("command", fields.CharField(default="", max_length=40)),
                ("outcome", fields.CharField(default="", max_length=200)),
                ("done_at", UTCDatetimeField(null=True)),
                ("took_ms", fields.IntField(null=True)),
            ],
            options={
                "table": "inbox",
                "unique_together": (("platform", "key"),),
                "indexes": [
                    Index(fields=["state", "platform", "address", "id"]),
                    Index(fields=["platform", "address", "id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("workspace_id", fields.BigIntField()),
                ("member_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=30)),
                ("arguments", fields.JSONField(default=dict)),
                ("cursor", fields.JSONField(default=dict)),
                ("state", fields.CharEnumField(default=JobState.RUNNING, enum_type=JobState, max_length=10)),
                ("outgoing_id", fields.BigIntField(null=True)),
                ("created_at", UTCDatetimeField()),
                ("updated_at", UTCDatetimeField()),
            ],
            options={"table": "job", "indexes": [Index(fields=["state", "id"])]},
        ),
        ops.CreateModel(
            name="Lane",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("platform", fields.CharField(max_length=20)),
                ("address", fields.CharField(max_length=254)),
                ("button", fields.SmallIntField(default=0)),
            ],
            options={"table": "lane", "unique_together": (("platform", "address"),)},
        ),
        ops.CreateModel(
            name="Lease",
            fields=[
                ("name", fields.CharField(primary_key=True, max_length=60)),
                ("holder", fields.CharField(max_length=64)),
                ("term", fields.BigIntField()),
                ("expires_at", UTCDatetimeField()),
            ],
            options={"table": "lease", "pk_attr": "name"},
        ),
        ops.CreateModel(
            name="LinkAttempt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("platform", fields.CharField(max_length=20)),
                ("team", fields.CharField(default="", max_length=64)),
                ("user", fields.CharField(max_length=254)),
                ("at", UTCDatetimeField()),
            ],
            options={"table": "link_attempt", "indexes": [Index(fields=["platform", "team", "user", "at"])]},
        ),
        ops.CreateModel(
            name="Outgoing",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("workspace_id", fields.BigIntField(null=True)),
                ("member_id", fields.BigIntField(null=True)),
                ("platform", fields.CharField(max_length=20)),
                ("address", fields.CharField(max_length=254)),
                ("language", fields.CharField(max_length=20)),
                ("body", fields.TextField()),
                ("dedupe_key", fields.CharField(unique=True, max_length=120)),
                ("priority", fields.IntEnumField(default=Priority.INTERACTIVE, enum_type=Priority)),
                ("push", fields.BooleanField(default=False)),
                ("subject", fields.CharField(default="", max_length=60)),
                ("answers", fields.CharField(null=True, max_length=254)),
                ("edits_ref", fields.CharField(null=True, max_length=254)),
                (
                    "state",
                    fields.CharEnumField(default=OutboxState.WAITING, enum_type=OutboxState, max_length=10),
                ),
                ("created_at", UTCDatetimeField()),
                ("not_before", UTCDatetimeField()),
                ("attempts", fields.SmallIntField(default=0)),
                ("uncertain", fields.BooleanField(default=False)),
                ("lease_holder", fields.CharField(null=True, max_length=64)),
                ("lease_until", UTCDatetimeField(null=True)),
                ("error", fields.CharField(default="", max_length=300)),
                ("sent_at", UTCDatetimeField(null=True)),
                ("message_ref", fields.CharField(null=True, max_length=254)),
            ],
            options={
                "table": "outbox",
                "indexes": [
                    Index(fields=["state", "platform", "priority", "not_before"]),
                    Index(fields=["state", "platform", "address", "priority", "id"]),
                    Index(fields=["subject", "state"]),
                ],
            },
        ),
        ops.CreateModel(
            name="SavedCommand",
            fields=[
                ("token", fields.CharField(primary_key=True, max_length=32)),
                ("workspace_id", fields.BigIntField(null=True)),
                ("platform", fields.CharField(max_length=20)),
                ("address", fields.CharField(max_length=254)),
                ("number", fields.SmallIntField()),
                ("command", fields.CharField(max_length=40)),
                ("arguments", fields.JSONField(default=dict)),
                ("presser_id", fields.BigIntField(null=True)),
                ("outgoing_id", fields.BigIntField(null=True)),
                ("created_at", UTCDatetimeField()),
                ("expires_at", UTCDatetimeField()),
                ("used_at", UTCDatetimeField(null=True)),
            ],
            options={
                "table": "saved_command",
                "indexes": [
                    Index(fields=["platform", "address", "number", "created_at"]),
                    Index(fields=["expires_at"]),
                ],
                "pk_attr": "token",
            },
        ),
        ops.CreateModel(
            name="Workspace",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                ("name", fields.CharField(max_length=200)),
                ("currency", fields.CharField(default="EUR", max_length=3)),
                ("country", fields.CharField(default="FR", max_length=2)),
                ("zone", fields.CharField(default="Europe/Paris", max_length=64)),
                ("locale", fields.CharField(default="fr-FR", max_length=20)),
                ("week_start", fields.SmallIntField(default=0)),
                ("fiscal_year_start", fields.SmallIntField(default=1)),
                (
                    "visibility",
                    fields.CharEnumField(default=Visibility.EVERYONE, enum_type=Visibility, max_length=20),
                ),
                ("created_at", UTCDatetimeField()),
            ],
            options={"table": "workspace", "pk_attr": "id"},
        ),
        ops.CreateModel(
            name="Counter",
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
                ("kind", fields.CharField(max_length=20)),
                ("next", fields.IntField(default=1)),
            ],
            options={"table": "counter", "unique_together": (("workspace", "kind"),)},
        ),
        ops.CreateModel(
            name="CustomField",
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
                ("entity", fields.CharField(max_length=20)),
                ("key", fields.CharField(max_length=50)),
                ("label", fields.CharField(max_length=100)),
                ("kind", fields.CharEnumField(enum_type=CustomKind, max_length=10)),
                ("choices", fields.JSONField(default=list)),
            ],
            options={"table": "custom_field", "unique_together": (("workspace", "entity", "key"),)},
        ),
        ops.CreateModel(
            name="Pipeline",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name="pipelines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("is_default", fields.BooleanField(default=False)),
            ],
            options={"table": "pipeline", "unique_together": (("workspace", "name"),)},
        ),
        ops.CreateModel(
            name="Stage",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "pipeline",
                    fields.ForeignKeyField(
                        "models.Pipeline",
                        source_field="pipeline_id",
                        related_name="stages",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("position", fields.SmallIntField()),
                ("probability", fields.SmallIntField()),
                ("kind", fields.CharEnumField(default=StageKind.OPEN, enum_type=StageKind, max_length=10)),
                ("stale_days", fields.SmallIntField(null=True)),
            ],
            options={"table": "stage", "unique_together": (("pipeline", "name"),)},
        ),
        ops.CreateModel(
            name="Team",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name="teams",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("manager_id", fields.BigIntField(null=True)),
            ],
            options={"table": "team", "unique_together": (("workspace", "name"),)},
        ),
        ops.CreateModel(
            name="Member",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "workspace",
                    fields.ForeignKeyField(
                        "models.Workspace",
                        source_field="workspace_id",
                        related_name="members",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        null=True,
                        related_name="members",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("email", fields.CharField(max_length=254)),
                ("name", fields.CharField(max_length=200)),
                ("role", fields.CharEnumField(default=Role.REP, enum_type=Role, max_length=10)),
                ("locale", fields.CharField(max_length=20)),
                ("zone", fields.CharField(max_length=64)),
                ("working_days", fields.CharField(default="01234", max_length=7)),
                ("working_from", fields.CharField(default="09:00", max_length=5)),
                ("working_until", fields.CharField(default="18:00", max_length=5)),
                ("quiet_from", fields.CharField(default="19:00", max_length=5)),
                ("quiet_until", fields.CharField(default="08:00", max_length=5)),
                ("digest_at", fields.CharField(default="08:30", max_length=5)),
                ("active", fields.BooleanField(default=True)),
                ("created_at", UTCDatetimeField()),
            ],
            options={"table": "member", "unique_together": (("workspace", "email"),)},
        ),
        ops.CreateModel(
            name="Change",
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
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("record_id", fields.BigIntField()),
                ("said", fields.CharField(max_length=64)),
                ("at", UTCDatetimeField()),
                ("created", fields.BooleanField(default=False)),
                ("fields_json", fields.JSONField(source_field="fields")),
                ("undo_of", fields.BigIntField(null=True)),
                ("undone_at", UTCDatetimeField(null=True)),
            ],
            options={
                "table": "change",
                "indexes": [
                    Index(fields=["workspace_id", "kind", "record_id", "id"]),
                    Index(fields=["workspace_id", "said"]),
                    Index(fields=["workspace_id", "member_id", "id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="ChatIdentity",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name="identities",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("platform", fields.CharField(max_length=20)),
                ("team", fields.CharField(default="", max_length=64)),
                ("user", fields.CharField(max_length=254)),
                ("address", fields.CharField(max_length=254)),
                ("reachable", fields.BooleanField(default=True)),
                ("last_seen_at", UTCDatetimeField()),
            ],
            options={"table": "chat_identity", "unique_together": (("platform", "team", "user"),)},
        ),
        ops.CreateModel(
            name="Company",
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
                ("name", fields.CharField(max_length=200)),
                (
                    "parent",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="parent_id",
                        null=True,
                        related_name="children",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
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
                ("street", fields.CharField(default="", max_length=300)),
                ("postcode", fields.CharField(default="", max_length=20)),
                ("city", fields.CharField(default="", max_length=100)),
                ("country", fields.CharField(default="", max_length=2)),
                ("website", fields.CharField(default="", max_length=300)),
                ("industry", fields.CharField(default="", max_length=100)),
                ("size", fields.IntField(null=True)),
                ("tax_number", fields.CharField(default="", max_length=50)),
                ("tags", fields.JSONField(default=list)),
                ("notes", fields.TextField(default="")),
                ("custom", fields.JSONField(default=dict)),
            ],
            options={
                "table": "company",
                "unique_together": (("workspace", "number"),),
                "indexes": [Index(fields=["workspace_id", "owner_id"])],
            },
        ),
        ops.CreateModel(
            name="Contact",
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
                ("name", fields.CharField(max_length=200)),
                ("job_title", fields.CharField(default="", max_length=200)),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        related_name="contacts",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
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
                ("phones", fields.JSONField(default=list)),
                ("emails", fields.JSONField(default=list)),
                ("street", fields.CharField(default="", max_length=300)),
                ("postcode", fields.CharField(default="", max_length=20)),
                ("city", fields.CharField(default="", max_length=100)),
                ("country", fields.CharField(default="", max_length=2)),
                ("tags", fields.JSONField(default=list)),
                ("consent", fields.CharField(default="", max_length=10)),
                ("consent_source", fields.CharField(default="", max_length=200)),
                ("consent_on", fields.DateField(null=True)),
                ("notes", fields.TextField(default="")),
                ("custom", fields.JSONField(default=dict)),
            ],
            options={
                "table": "contact",
                "unique_together": (("workspace", "number"),),
                "indexes": [
                    Index(fields=["workspace_id", "owner_id"]),
                    Index(fields=["workspace_id", "company_id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Deal",
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
                ("name", fields.CharField(max_length=200)),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        related_name="deals",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "stage",
                    fields.ForeignKeyField(
                        "models.Stage",
                        source_field="stage_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
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
                ("amount", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("probability", fields.SmallIntField(null=True)),
                ("source", fields.CharField(default="", max_length=100)),
                ("next_step", fields.CharField(default="", max_length=500)),
                ("expected_close", fields.DateField(null=True)),
                ("closed_at", UTCDatetimeField(null=True)),
                ("lost_reason", fields.CharField(default="", max_length=200)),
                ("tags", fields.JSONField(default=list)),
                ("notes", fields.TextField(default="")),
                ("custom", fields.JSONField(default=dict)),
            ],
            options={
                "table": "deal",
                "unique_together": (("workspace", "number"),),
                "indexes": [
                    Index(fields=["workspace_id", "owner_id"]),
                    Index(fields=["workspace_id", "stage_id"]),
                    Index(fields=["workspace_id", "company_id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="DealContact",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "contact",
                    fields.ForeignKeyField(
                        "models.Contact",
                        source_field="contact_id",
                        related_name="deal_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={"table": "deal_contact", "unique_together": (("deal", "contact"),)},
        ),
        ops.CreateModel(
            name="Invitation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("expires_at", UTCDatetimeField()),
                ("used_at", UTCDatetimeField(null=True)),
            ],
            options={"table": "invitation", "pk_attr": "id"},
        ),
        ops.CreateModel(
            name="Lead",
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
                ("person", fields.CharField(max_length=200)),
                ("company", fields.CharField(default="", max_length=200)),
                ("status", fields.CharEnumField(default=LeadStatus.NEW, enum_type=LeadStatus, max_length=10)),
                ("source", fields.CharField(default="", max_length=100)),
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
                ("phones", fields.JSONField(default=list)),
                ("emails", fields.JSONField(default=list)),
                ("amount", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("notes", fields.TextField(default="")),
                ("custom", fields.JSONField(default=dict)),
            ],
            options={
                "table": "lead",
                "unique_together": (("workspace", "number"),),
                "indexes": [Index(fields=["workspace_id", "owner_id"])],
            },
        ),
        ops.CreateModel(
            name="Activity",
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
                ("kind", fields.CharEnumField(enum_type=ActivityKind, max_length=10)),
                (
                    "status",
                    fields.CharEnumField(
                        default=ActivityStatus.DONE, enum_type=ActivityStatus, max_length=10
                    ),
                ),
                ("direction", fields.CharField(default="", max_length=3)),
                ("outcome", fields.CharField(default="", max_length=30)),
                ("duration", fields.IntField(null=True)),
                ("at", UTCDatetimeField()),
                ("subject", fields.CharField(default="", max_length=300)),
                ("notes", fields.TextField(default="")),
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
                        related_name="activities",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        related_name="activities",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "lead",
                    fields.ForeignKeyField(
                        "models.Lead",
                        source_field="lead_id",
                        null=True,
                        related_name="activities",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        null=True,
                        related_name="activities",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "activity",
                "unique_together": (("workspace", "number"),),
                "indexes": [
                    Index(fields=["contact_id", "at"]),
                    Index(fields=["deal_id", "at"]),
                    Index(fields=["company_id", "at"]),
                    Index(fields=["workspace_id", "owner_id", "at"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Notification",
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
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=30)),
                ("key", fields.CharField(max_length=100)),
                ("record_id", fields.BigIntField(null=True)),
                ("due_at", UTCDatetimeField()),
                ("priority", fields.IntEnumField(default=Priority.REMINDER, enum_type=Priority)),
                (
                    "state",
                    fields.CharEnumField(
                        default=NotificationState.WAITING, enum_type=NotificationState, max_length=10
                    ),
                ),
                ("settled_at", UTCDatetimeField(null=True)),
            ],
            options={
                "table": "notification",
                "unique_together": (("workspace", "key"),),
                "indexes": [
                    Index(fields=["state", "due_at"]),
                    Index(fields=["workspace_id", "kind", "record_id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="Reminder",
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
                ("text", fields.CharField(max_length=1000)),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("wall", fields.CharField(max_length=16)),
                ("zone", fields.CharField(max_length=64)),
                ("rule", fields.CharField(default="", max_length=200)),
                ("due_at", UTCDatetimeField()),
                (
                    "state",
                    fields.CharEnumField(default=ReminderState.OPEN, enum_type=ReminderState, max_length=10),
                ),
                ("snoozes", fields.IntField(default=0)),
                ("completed_at", UTCDatetimeField(null=True)),
                (
                    "completed_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="completed_by_id",
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
                        related_name="reminders",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        related_name="reminders",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "lead",
                    fields.ForeignKeyField(
                        "models.Lead",
                        source_field="lead_id",
                        null=True,
                        related_name="reminders",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        null=True,
                        related_name="reminders",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "reminder",
                "unique_together": (("workspace", "number"),),
                "indexes": [
                    Index(fields=["workspace_id", "member_id", "state", "due_at"]),
                    Index(fields=["contact_id"]),
                    Index(fields=["deal_id"]),
                ],
            },
        ),
        ops.CreateModel(
            name="StageChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True)),
                (
                    "deal",
                    fields.ForeignKeyField(
                        "models.Deal",
                        source_field="deal_id",
                        related_name="moves",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "from_stage",
                    fields.ForeignKeyField(
                        "models.Stage",
                        source_field="from_stage_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "to_stage",
                    fields.ForeignKeyField(
                        "models.Stage",
                        source_field="to_stage_id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
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
                ("at", UTCDatetimeField()),
                ("said", fields.CharField(max_length=64)),
            ],
            options={"table": "stage_change", "indexes": [Index(fields=["deal_id", "at"])]},
        ),
        ops.CreateModel(
            name="Token",
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
                ("kind", fields.CharField(max_length=20)),
                ("token", fields.CharField(max_length=64)),
                ("record_id", fields.BigIntField()),
            ],
            options={
                "table": "token",
                "unique_together": (("workspace", "kind", "token", "record_id"),),
                "indexes": [Index(fields=["workspace_id", "kind", "record_id"])],
            },
        ),
    ]
