"""The application's first migration."""  # noqa: N999 # Tortoise names migrations by number

from importlib import import_module

Migration = import_module("models.migrations.0001_initial").Migration
