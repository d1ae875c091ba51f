"""The CRM: rows and their rules. Imports Tortoise and small value libraries only."""

from tortoise import models as _tortoise

# Tortoise reads and parses the source of each class, for comments of its own kind to put into the tables.
# We write none, and it would take a tenth of a start.
_tortoise._get_comments = lambda cls: {}

# Every module with tables, for the ORM and its migrations.
MODELS: tuple[str, ...] = (
    "models.workspace",
    "models.team",
    "models.member",
    "models.company",
    "models.contact",
    "models.lead",
    "models.lead_hook",
    "models.deal",
    "models.activity",
    "models.reminder",
    "models.attachment",
    "models.blob",
    "models.notification",
    "models.room",
    "models.post",
    "models.custom_field",
    "models.option",
    "models.rate",
    "models.approval",
    "models.change",
    "models.search.token",
    "models.messaging.inbox",
    "models.messaging.outbox",
    "models.messaging.lane",
    "models.messaging.saved_command",
    "models.messaging.focus",
    "models.messaging.job",
    "models.messaging.lease",
    "models.messaging.counter",
    "models.messaging.read_mark",
)
