"""All text in one order on both databases."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._by_code_point import compare_by_code_point, keep


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [ops.RunPython(compare_by_code_point, keep)]
