"""The CRM: rows and their rules. Imports Tortoise and small value libraries only."""

# Every module with tables, for the ORM and its migrations.
MODELS: tuple[str, ...] = (
    "models.workspace",
    "models.team",
    "models.member",
    "models.company",
    "models.contact",
    "models.lead",
    "models.deal",
    "models.activity",
    "models.reminder",
    "models.notification",
    "models.custom_field",
    "models.change",
    "models.search",
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
