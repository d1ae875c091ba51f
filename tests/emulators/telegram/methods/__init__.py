"""The Bot API's methods, one file per noun; importing this package registers them all."""

from . import about, commands, descriptions, files, messages, presses, updates
from .registry import METHODS, Method

__all__ = [
    "METHODS",
    "Method",
    "about",
    "commands",
    "descriptions",
    "files",
    "messages",
    "presses",
    "updates",
]
