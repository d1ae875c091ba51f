"""The deals of a contact are found without reading all deals, and so is everything else."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.migrations._by_code_point import keep
from models.migrations._plans import plan_for_many


class Migration(migrations.Migration):
    dependencies = [("models", "0003_read_mark")]

    operations = [
        ops.AddIndex(model_name="DealContact", index=Index(fields=["contact_id"])),
        ops.RunPython(plan_for_many, keep),
    ]
