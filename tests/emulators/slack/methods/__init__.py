"""The methods of the Web API, one file for each family; importing this package registers them."""

from . import chat, connections, conversations, files, users, views

__all__ = ["chat", "connections", "conversations", "files", "users", "views"]
