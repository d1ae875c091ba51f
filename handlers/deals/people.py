"""Who a deal is made with: contacts join it and leave it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from handlers.cards import receipt
from handlers.chat import binding
from handlers.chat import reading as lines
from handlers.chat.arguments import AnyDeal, Bound, Hidden, RecordArgument
from handlers.chat.command import REGISTER, command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Reading, flat
from handlers.chat.reply import Reply
from handlers.deals.sentences import already, headed
from models.contact import Contact
from models.record import Record
from models.search import fold


class JoinedArgument(RecordArgument):
    """A contact behind ``with``, or behind ``without``: by id, address, or name."""

    def __init__(self, side: Literal["beside", "without"], shape: str) -> None:
        super().__init__(Contact, prompt=msg("Who is it about?"), shape=shape)
        self.side = side

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        found = list(_joints(reading))
        ends = [*(match.start() for _, match in found[1:]), len(reading.text)]
        for (side, match), end in zip(found, ends, strict=False):
            if side == self.side:
                named = lines.read(reading.text[match.end() : end], self.kinds, ctx.speaker)
                reading.claim(match.end(), end)
                return await super().take(ctx, named, bound)
        return None


def _joints(reading: Reading) -> Iterator[tuple[str, re.Match[str]]]:
    """Each ``with`` and ``without`` that nothing took, and which of the two it is."""
    sides = {
        fold(word): side
        for language in languages()
        for side, words in (("beside", language.beside), ("without", language.without))
        for word in words
    }
    pattern = re.compile(rf"(?<!\S)({'|'.join(map(re.escape, sorted(sides)))})\s+(?=\S)")
    for match in pattern.finditer(flat(reading.text)):
        if not any(start <= match.start() < end for start, end in reading.taken):
            yield sides[match[1]], match


With = Annotated[Contact, JoinedArgument("beside", msg("with whom"))]
Without = Annotated[Contact, JoinedArgument("without", msg("without whom"))]


@command(msg("Add a contact to a deal, or take one off it"))
async def deal_people(
    ctx: Context,
    deal: AnyDeal,
    joining: With | None = None,
    leaving: Without | None = None,
    *,
    confirmed: Hidden | None = None,
) -> Reply:
    """Let a contact join a deal, leave it, or both; the main one stays the first."""
    if joining is None and leaving is None:
        entry = REGISTER[ctx.command]
        raise await binding.asking(ctx, entry, ctx.bound, entry.parameter("joining"))
    before = await deal.contact_ids()
    after = [each for each in before if leaving is None or each != leaving.id]
    after += [joining.id] if joining is not None and joining.id not in after else []
    if after == before:
        return already(ctx, deal)
    chips = _chips(ctx, joining if joining and joining.id not in before else None, leaving)
    if asked := await confirmation(ctx, [headed(deal), *chips], deal):
        return asked
    await deal.set_contacts(ctx.author, after)
    return receipt(ctx, " · ".join([deal.reference, *chips]), deal)


def _chips(ctx: Context, joining: Contact | None, leaving: Contact | None) -> list[str]:
    chips = [ctx.text("with {name}", name=joining.name)] if joining else []
    return [*chips, *([ctx.text("without {name}", name=leaving.name)] if leaving else [])]
