"""The configuration: one TOML file, overridden from the environment, wholly checked at start.

Looked for in this order: ``--config FILE``, ``PARLEY_CONFIG``, ``config.toml`` in the current
folder, else the built-in defaults. Every key is documented in ``config.example.toml``, can be set as
``PARLEY_SECTION__KEY``, and every secret can be kept in a file of its own (``token_file``).
"""

from bot.config.errors import ConfigError, Problem
from bot.config.loading import find, load, make_data_folder
from bot.config.schema import Config, Console, Database, Http, Log, Slack, Telegram, Workspace

__all__ = [
    "Config",
    "ConfigError",
    "Console",
    "Database",
    "Http",
    "Log",
    "Problem",
    "Slack",
    "Telegram",
    "Workspace",
    "find",
    "load",
    "make_data_folder",
]
