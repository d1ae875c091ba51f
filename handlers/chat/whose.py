"""Whose records: a colleague's, one's own, the team's, everyone's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from tortoise.expressions import Q, Subquery

from handlers.chat.arguments import Argument, Bound
from handlers.chat.colleagues import MemberArgument, named
from handlers.chat.context import Context
from handlers.chat.filters.scan import phrases
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Kind, Reading, flat
from models.errors import NotFound
from models.member import Member

Group = Literal["team", "everyone"]


@dataclass(frozen=True, slots=True)
class Owners:
    """One member, or a group that is seen from who asks: their team, everyone."""

    who: Member | Group

    def of(self, ctx: Context, path: str = "owner_id") -> Q:
        """The condition on records, whose owner stands at ``path``; what is visible is another matter."""
        if self.who == "everyone":
            return Q()
        if isinstance(self.who, Member):
            owned: dict[str, Any] = {path: self.who.id}
        else:
            owned = {f"{path}__in": Subquery(ctx.member.teammates().values("id"))}
        return Q(**owned)

    def shown(self, ctx: Context) -> str:
        """As a heading names them."""
        if isinstance(self.who, Member):
            return self.who.name
        return ctx.text(_SHOWN[self.who])


_SHOWN: dict[Group, str] = {"team": msg("Team"), "everyone": msg("Everyone")}
_MINE, _TEAM, _EVERYONE = "@me", "@team", "@everyone"


class OwnersArgument(Argument[Owners]):
    """``@marc``, ``@team``, ``@me``, or ``my`` and such at the beginning. Nobody's ``@name`` stays text."""

    shape = msg("@colleague")
    kinds = frozenset({Kind.MENTION, Kind.EMAIL})
    prompt = MemberArgument.prompt

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Owners | None:
        for group in (_MINE, _TEAM, _EVERYONE):
            match = _group(group).search(flat(reading.text))
            if match:
                reading.claim(*match.span())
                return await self.load(ctx, group)
        for kind in (Kind.MENTION, Kind.EMAIL):
            for span in reading.free(kind):
                try:
                    member = await named(ctx, str(span.value))
                except NotFound:
                    continue
                reading.claim(span.start, span.end)
                return Owners(member)
        return None

    def dump(self, value: Owners | Member) -> str:
        who = value.who if isinstance(value, Owners) else value
        return who.email if isinstance(who, Member) else f"@{who}"

    async def load(self, ctx: Context, stored: str) -> Owners:
        match stored:
            case "@me":
                return Owners(ctx.member)
            case "@team":
                return Owners("team")
            case "@everyone":
                return Owners("everyone")
        return Owners(await Member.get(workspace_id=ctx.member.workspace_id, email=stored))


_FIELDS = {_MINE: "mine", _TEAM: "team", _EVERYONE: "everyone"}


@cache
def _group(group: str) -> re.Pattern[str]:
    """Its words at the beginning, and behind an ``@`` wherever they stand."""
    words = [word for language in languages() for word in getattr(language.filters, _FIELDS[group])]
    plain = phrases(words).pattern
    return re.compile(rf"^\s*@?{plain}|(?<![\w.])@{plain}")


Whose = Annotated[Owners, OwnersArgument()]
