"""Surroundings: what every turn, tick and look-up of a process shares; contexts are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.database import Database
from handlers.chat import answering
from handlers.chat.context import About, Context, Memory
from handlers.chat.i18n import Locale
from handlers.chat.request import Request
from models.change import Author
from models.member import Member
from models.search import Vocabulary


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every turn of a process shares. ``holder`` names the process in leases."""

    database: Database
    vocabulary: Vocabulary
    about: About
    holder: str

    def context(  # one keyword for each thing that is not the member's own
        self,
        member: Member,
        request: Request,
        said: str,
        now: datetime,
        *,
        said_at: datetime | None = None,
        locale: Locale | None = None,
        memory: Memory | None = None,
    ) -> Context:
        """For something said by or to ``member`` (with the workspace).

        ``said`` names it in Changes (see models.change). It was said ``now``, nothing is in mind, and the
        language and zone are the member's, unless given.
        """
        return Context(
            member=member,
            request=request,
            locale=locale or Locale(member.locale, member.zone),
            now=now,
            said_at=said_at or now,
            author=Author(member, now, said),
            memory=memory if memory is not None else Memory(),
            vocabulary=self.vocabulary,
            about=self.about,
            answer=answering.answer,
            press=answering.press,
        )
