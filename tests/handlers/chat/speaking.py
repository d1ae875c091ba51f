"""The demo's members, ready to say a line: what binding is given, without a platform in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot import demo
from bot.database import Database
from bot.founding import workspace as founded
from handlers.chat import answering, binding, reading, verbs
from handlers.chat.command import REGISTER, Command
from handlers.chat.context import About, Context, Memory
from handlers.chat.i18n import Locale
from handlers.chat.request import Request, Sender
from models.change import Author
from models.member import Member
from models.search import Vocabulary


@dataclass(frozen=True, slots=True)
class Bound:
    """A line's command, and the values that its parameters were given."""

    command: Command
    values: dict[str, Any]


@asynccontextmanager
async def demo_world(url: str) -> AsyncIterator[None]:
    """The demo's records in a migrated, empty database, open as long as this lasts."""
    database = Database(url)
    await database.open()
    try:
        async with database.transaction():
            await demo.seed(await founded(demo.SETTINGS, now=demo.WRITTEN))
        yield
    finally:
        await database.close()


async def speaker(name: str) -> Context:
    """A member of the demo about to say something, at the demo's clock."""
    member = await Member.get(email=f"{name}@parley.example").select_related("workspace")
    return Context(
        member=member,
        request=Request("console", "said", member.email, Sender(member.email)),
        locale=Locale(member.locale, member.zone),
        now=demo.NOW,
        said_at=demo.NOW,
        author=Author(member, demo.NOW, "said.0"),
        memory=Memory(),
        vocabulary=Vocabulary(),
        about=About("0", "https://example.org"),
        answer=answering.answer,
        press=answering.press,
    )


async def bound(ctx: Context, line: str) -> Bound:
    """What a line that begins with a verb binds.

    Raises: what handlers.chat.binding.bind does.
    """
    opening = verbs.opening(reading.normalise(line))
    assert opening is not None, line
    command = REGISTER[opening.command]
    read = reading.read(opening.rest, command.kinds, ctx.speaker, log=command.log)
    return Bound(command, await binding.bind(ctx, command, read))
