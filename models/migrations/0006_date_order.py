"""Each member's own order of day and month, where they were asked for it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0005_lists_rates_and_requests")]

    operations = [ops.AddField(model_name="Member", name="day_first", field=fields.BooleanField(null=True))]
