"""A longer name: SQLite makes the table anew for it, and drops the one that the notes refer to."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    operations = [
        ops.AlterField(model_name="Shelf", name="name", field=fields.CharField(max_length=20, unique=True)),
        ops.AddField(
            model_name="Note", name="colour", field=fields.CharField(max_length=9, db_default="white")
        ),
    ]
