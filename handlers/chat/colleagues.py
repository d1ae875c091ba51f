"""Colleagues in a line: ``@sam``, a mention, a name, an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from handlers.chat.arguments import MOST_CHOICES, Argument, Bound
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading
from models import search
from models.errors import Ambiguous, NotFound
from models.member import ChatIdentity, Member


class MemberArgument(Argument[Member]):
    """An active colleague: behind ``@``, by address, or, as an answer, by name."""

    shape = msg("@colleague")
    kinds = frozenset({Kind.MENTION, Kind.EMAIL})
    prompt = msg("Which colleague?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Member | None:
        span = reading.take(Kind.MENTION) or reading.take(Kind.EMAIL)
        return await named(ctx, str(span.value)) if span else None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Member | None:
        return await named(ctx, text.strip().lstrip("@"))

    def dump(self, value: Member) -> str:
        return value.email

    async def load(self, ctx: Context, stored: str) -> Member:
        rows = Member.filter(workspace_id=ctx.member.workspace_id, active=True)
        member = await rows.get_or_none(email=stored)
        if member is None:
            raise NotFound("member", stored)
        return member

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        rows = Member.filter(workspace_id=ctx.member.workspace_id, active=True).order_by("name")
        return [Choice(member.name, member.email) for member in await rows.limit(MOST_CHOICES)]


async def named(ctx: Context, text: str) -> Member:
    """The active colleague of that name, address, or account on the platform of the request.

    ``me`` is not a name: the caller knows the words of a language.

    Raises:
        NotFound: nobody. Ambiguous: several. Misread: somebody who is no longer a member.
    """
    account = await ChatIdentity.filter(
        platform=ctx.request.platform, user=text, member__workspace_id=ctx.member.workspace_id
    ).first()
    members = await Member.filter(workspace_id=ctx.member.workspace_id, active=True).order_by("name")
    wanted = search.words(text)
    found = [
        member
        for member in members
        if (account is not None and account.member_id == member.id)
        or member.email == text.lower()
        or (wanted and set(wanted) <= {*search.words(member.name), *search.words(member.email.split("@")[0])})
    ]
    if not found:
        await _refuse_former(ctx, wanted, text)
        raise NotFound("member", text)
    if len(found) > 1:
        raise Ambiguous("member", text, found)
    return found[0]


async def _refuse_former(ctx: Context, wanted: Sequence[str], text: str) -> None:
    """Raises: Misread, where one former member was meant."""
    former = await Member.filter(workspace_id=ctx.member.workspace_id, active=False)
    meant = [
        member
        for member in former
        if member.email == text.lower() or (wanted and set(wanted) <= set(search.words(member.name)))
    ]
    if len(meant) == 1:
        raise Misread(ctx.text("{name} is no longer a member.", name=meant[0].name))


Colleague = Annotated[Member, MemberArgument()]
