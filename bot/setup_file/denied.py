"""What a set-up file wants and a workspace cannot have."""

from __future__ import annotations


class Denied(Exception):
    """What the file wants cannot be done to this workspace. The text is for the terminal, with the remedy."""
