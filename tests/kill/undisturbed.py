"""Each path told from its beginning to its end, with no process killed."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot import demo
from tests.kill.chats import Chat, chat_on
from tests.kill.paths import EVERYTHING, PUSH, TOLD, Service
from tests.kill.stage import DUE, LAST_WORD, PUSHED, Outcome, Stage
from tests.kill.supervisor import Supervisor


class Undisturbed:
    """What each path leaves where no process is killed; found out once for each service."""

    def __init__(self, supervisor: Supervisor, template: Path, folder: Path) -> None:
        self._supervisor = supervisor
        self._template = template
        self._folder = folder
        self._known: dict[tuple[str, Service], Outcome] = {}

    async def outcome(self, path: str, service: Service) -> Outcome:
        """On SQLite; the other database has to say the same."""
        key = (path, service)
        if key not in self._known:
            name = f"{path} {service}"
            shutil.copyfile(self._template, self._folder / f"{name}.db")
            stage = Stage(f"sqlite://{self._folder}/{name}.db", self._folder / name, self._supervisor)
            self._known[key] = await undisturbed(stage, path, service)
        return self._known[key]


async def undisturbed(stage: Stage, path: str, service: Service) -> Outcome:
    """Tell a path from its beginning to its end."""
    async with chat_on(service) as chat:
        if path == PUSH:
            await greet(stage, chat)
            async with stage.process(chat, DUE) as first:
                await chat.sees(PUSHED)
                await stage.all_is_marked()
                assert await first.stop() == 0
            return await stage.concluded_by_the_next_push(chat)
        async with stage.process(chat, demo.NOW) as only:
            for step in (*TOLD[path].before, TOLD[path].struck, LAST_WORD):
                await chat.takes(step)
                await stage.all_is_marked()
            assert await only.stop() == 0
        if path == EVERYTHING:
            return await stage.concluded_by_the_next_push(chat)
        return await stage.outcome(chat)


async def greet(stage: Stage, chat: Chat) -> None:
    """A bot may write to those who have written to it."""
    async with stage.process(chat, demo.NOW) as process:
        await chat.takes(LAST_WORD)
        await stage.all_is_marked()
        assert await process.stop() == 0
