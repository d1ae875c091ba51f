"""What a line may go on with: verbs at its start, names of records anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.chat.command import REGISTER
from handlers.chat.language import languages
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.member import Member

_LEAST = 2  # letters: one alone would offer everything
_MOST = 5  # names of each kind
_LOOKED_AT = 20  # found records; a search also finds what has the words elsewhere, as in its company


async def words(member_id: int, begun: str, *, opens: bool) -> list[str]:
    """Verbs (where ``begun`` opens the line) and names that this member may see now, best first.

    ``begun`` may be several words; case and accents do not matter.
    """
    member = await Member.filter(id=member_id, active=True).select_related("workspace").first()
    if member is None:
        return []
    found = list(_verbs(member, begun)) if opens else []
    if len(begun) >= _LEAST:
        for kind in (Contact, Deal, Company):
            records = await search.find(kind, member, begun, limit=_LOOKED_AT)
            found += [record.title for record in records if _goes_on(record.title, begun)][:_MOST]
    return found


def _goes_on(title: str, begun: str) -> bool:
    """Whether every word that was begun begins one of the title."""
    known = search.words(title)
    return all(any(word.startswith(part) for word in known) for part in search.words(begun))


def _verbs(member: Member, begun: str) -> Iterator[str]:
    own_first = sorted(languages(), key=lambda language: not member.locale.startswith(language.tag))
    typed = search.fold(begun.removeprefix("/"))
    for language in own_first:
        for name, verbs in language.verbs.items():
            command = REGISTER.get(name)
            if command is not None and not command.hidden and command.allows(member.role):
                yield from (verb for verb in verbs if search.fold(verb).startswith(typed))
