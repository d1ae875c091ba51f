"""The other of two that follow the first."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
