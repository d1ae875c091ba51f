"""Set-up: what an admin decides for everybody, from the chat; each line can be taken back."""

from handlers.setup import hooks, lists, people, pipelines, required, rooms, stages, traces, workspace

__all__ = ["hooks", "lists", "people", "pipelines", "required", "rooms", "stages", "traces", "workspace"]
