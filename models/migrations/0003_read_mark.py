"""How far a platform's history was read."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.fields import UTCDatetimeField
from models.migrations._by_code_point import compare_by_code_point, keep


class Migration(migrations.Migration):
    dependencies = [("models", "0002_by_code_point")]

    operations = [
        ops.CreateModel(
            name="ReadMark",
            fields=[
                ("platform", fields.CharField(primary_key=True, max_length=20)),
                ("until", UTCDatetimeField()),
            ],
            options={"table": "read_mark", "pk_attr": "platform"},
        ),
        ops.RunPython(compare_by_code_point, keep),
    ]
