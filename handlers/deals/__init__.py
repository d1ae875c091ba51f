"""Deals: opened and shown, moved through the pipeline, changed, won and lost."""

from handlers.deals import changing, closing, moving, opening, people

__all__ = ["changing", "closing", "moving", "opening", "people"]
