"""Every command in English and in French: what is answered is in the reader's language, wholly.

Each is said by an admin of that language as its example stands in help, by its verb alone, and about what
is not there; cards are confirmed, and help explains it. What came of it is held against the sentences and
the small words of the other language.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from handlers.chat.command import REGISTER
from handlers.chat.i18n import Locale, entries, languages
from handlers.chat.language import Language
from handlers.chat.language import languages as grammars
from handlers.chat.reply import Card, Text, load
from models.activity import Activity
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.member import Member, Role
from models.messaging.outbox import Outgoing
from models.reminder import Reminder
from models.team import Team
from models.workspace import Workspace
from tests.driver import Conversation, conversation

SPEAKERS = {"en": "marc", "fr": "lea"}
CONFIRM = {"en": "Confirm", "fr": "Confirmer"}
# Small words that stand in most sentences of a language, and in none of the other.
_ENGLISH = """
    the and of is are was with for you your it this that there not from what which who when by at has have do
    does did can cannot will shall say nothing already please yes more until where whom them their they its to
    be as an or if but here now then all each every
"""
_FRENCH = """
    le la les un une des du et est sont pour avec vous votre vos je il elle que qui quand dans sur pas ne rien
    déjà où aucun aucune au aux ce cette ces chez leur leurs mais ou si été avez peut puis ici quoi quel
    quelle à plusieurs
"""
SMALL = {"en": frozenset(_ENGLISH.split()), "fr": frozenset(_FRENCH.split())}
# Names, which are the same in every language.
NAMES = frozenset({"GNU Affero General Public License", "AGPL-3.0-or-later", "Parley", "Telegram", "Slack"})


def grammar(language: str) -> Language:
    return next(entry for entry in grammars() if entry.tag == language)


def visible() -> list[str]:
    return sorted(name for name in REGISTER if not REGISTER[name].hidden)


def lines_of(name: str, language: str) -> Iterator[str]:
    """What is said about a command, one after the other."""
    verb = grammar(language).verbs[name][0]
    if example := grammar(language).examples.get(name):
        yield example
    yield verb
    yield f"{verb} D-999"
    yield f"{verb} Xyzzy"
    yield f"{grammar(language).verbs['help'][0]} {verb}"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", visible())
async def test_every_command_answers_in_the_readers_language(
    sqlite_url: str, name: str, language: str
) -> None:
    """Nothing of the other language in any reply, names and what was typed aside."""
    async with conversation(sqlite_url) as talk:
        speaker = SPEAKERS[language]
        email = f"{speaker}@parley.example"
        locale = (await Member.get(email=email)).locale
        for line in lines_of(name, language):
            # What was said before may have chosen another language, or parted the account.
            await Member.filter(email=email).update(role=Role.ADMIN, locale=locale)
            await talk.app.console_identity(email)
            for shown in [seen async for seen in _exchange(talk, speaker, line, language)]:
                strange = await foreign(shown, line, language)
                assert not strange, f"{strange} after {line!r}:\n{shown}"
        assert await talk.failures() == []


async def _exchange(talk: Conversation, speaker: str, line: str, language: str) -> AsyncIterator[str]:
    seen = await talk.says(speaker, line)
    yield seen.text
    if f"] {CONFIRM[language]}" in seen.text:
        yield (await talk.presses(speaker, seen, CONFIRM[language])).text


# An invitation's, made of chance: any word may be in it.
_CODE = re.compile(r"(?<=link |tart )[\w-]{22}")


async def foreign(shown: str, line: str, language: str) -> set[str]:
    """The sentences and small words of the other language in what was shown."""
    [other] = set(languages()) - {language}
    text = _CODE.sub("…", shown)
    text = _any_of({*await _names(), line, *_typed(line)} - {""}).sub("…", text)
    found = set(_sentences(other).findall(text))
    text = _verbs(other).sub("…", text)
    return found | (set(re.findall(r"[^\W\d_]+", text.lower())) & SMALL[other])


def _any_of(phrases: Iterable[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Any of these as whole words, the longest first: one pattern, since making each is what takes time."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", flags)


def _typed(line: str) -> Iterator[str]:
    """The words of a line as they may come back: quoted, capitalised, without the verb."""
    words = line.split()
    for start in range(len(words)):
        yield " ".join(words[start:])
    for word in words:
        yield word
        yield word.capitalize()


async def _names() -> set[str]:
    """What is called by its name, and what was written down, whoever reads it."""
    found = set(NAMES)
    for model in (Company, Contact, Deal, Lead, Member, Reminder, Team, Workspace):
        found |= {row.title for row in await model.all()}
    found |= {row.job_title for row in await Contact.all()}
    for activity in await Activity.all():
        found |= {activity.notes, activity.subject}
    found |= {lead.company for lead in await Lead.all()}
    return {name for name in found if name}


@cache
def _verbs(language: str) -> re.Pattern[str]:
    """What may be typed: help names the other language's words too."""
    return _any_of({verb for verbs in grammar(language).verbs.values() for verb in verbs}, re.IGNORECASE)


@cache
def _sentences(language: str) -> re.Pattern[str]:
    """But those that may be typed as a verb too."""
    typed = {verb for verbs in grammar(language).verbs.values() for verb in verbs}
    return _any_of(said for said in sentences(language) if said.lower() not in typed)


@cache
def sentences(language: str) -> frozenset[str]:
    """The longest piece without a placeholder of each sentence, where it is two words or more."""
    [translated] = set(languages()) - {"en"}
    forms = list[str]()
    for entry in entries(translated):
        for said, meant in zip(_forms(entry.id), _forms(entry.string), strict=False):
            if said != meant:
                forms.append(said if language == "en" else meant)
    pieces = (re.sub(r"^\W+|\W+$", "", max(re.split(r"\{\w+\}", form), key=len)) for form in forms)
    return frozenset(piece for piece in pieces if len(piece.split()) > 1)


def _forms(said: object) -> tuple[str, ...]:
    return tuple(said) if isinstance(said, tuple | list) else (str(said),)


def test_the_other_language_would_be_seen() -> None:
    """Each language's sentences are told from the other's; the check is not blind."""
    assert "What should it say" in sentences("en") and "Que faut-il écrire" in sentences("fr")
    assert not SMALL["en"] & SMALL["fr"]


async def test_a_reply_in_the_wrong_language_is_seen(sqlite_url: str) -> None:
    """An English reply is not taken for a French one, nor the other way round."""
    async with conversation(sqlite_url) as talk:
        english = await talk.says("marc", "today")
        french = await talk.says("lea", "jour")
        assert await foreign(english.text, "", "fr")
        assert await foreign(french.text, "", "en")
        assert not await foreign(english.text, "", "en")
        assert not await foreign(french.text, "", "fr")


FRENCH = Locale("fr-FR", "Europe/Paris")


async def test_amounts_are_written_as_french_people_write_them(database_url: str) -> None:
    """12 500,50 € with the narrow space between thousands and the wide one before the sign."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "montant D-142 12500,50")
        talk.sees("12 000 € → 12 500,50 €")  # a plain terminal has one width of space
        assert "12\u202f000\xa0€ → 12\u202f500,50\xa0€" in await _last_reply()
        assert (await Deal.get(number=142)).amount == 1_250_050
        await talk.says("lea", "affaire D-142")
        assert "12\u202f500,50\xa0€" in await _last_reply()
    assert FRENCH.money(Decimal("1234567.5"), "EUR") == "1\u202f234\u202f567,50\xa0€"
    assert FRENCH.money(Decimal(12_000), "USD") == "12\u202f000\xa0$US"


async def _last_reply() -> str:
    """As it goes out, before a terminal makes it plain."""
    row = await Outgoing.all().order_by("-id").first()
    assert row is not None
    lines = list[str]()
    for block in load(row.body).blocks:
        lines += [block.text] if isinstance(block, Text) else []
        lines += [field.value for field in block.fields] if isinstance(block, Card) else []
    return "\n".join(lines)


async def test_dates_are_written_as_french_people_write_them(database_url: str) -> None:
    """jeu. 15 oct. 10:00; with the year where it is another one, without it where it is this one."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel appeler Luc jeudi 10h")
        talk.sees("jeu. 15 oct. 10:00")
        await talk.says("lea", "rappel appeler Luc le 5 avril 2027 à 10h")
        talk.sees("lun. 5 avr. 2027 10:00")
        await talk.says("lea", "cloture D-142 1er décembre")
        talk.sees("lun. 30 nov. → mar. 1er déc.")
        assert (await Deal.get(number=142)).expected_close == date(2026, 12, 1)


@pytest.mark.parametrize(("n", "form"), [(0, "one"), (1, "one"), (2, "many"), (21, "many")])
def test_french_counts_nothing_in_the_singular(n: int, form: str) -> None:
    """0 and 1 take the singular, in every sentence that has two forms."""
    plurals = [(_forms(entry.id), _forms(entry.string)) for entry in entries("fr")]
    counted = [(said, meant) for said, meant in plurals if len(said) == 2]
    assert counted
    for (one, many), (singular, plural) in counted:
        values = {name: "…" for name in re.findall(r"\{(\w+)\}", f"{one} {many}") if name != "n"}
        expected = (singular if form == "one" else plural).replace("{n}", FRENCH.number(n))
        for name in values:
            expected = expected.replace(f"{{{name}}}", "…")
        assert FRENCH.plural(one, many, n, **values) == expected


async def test_counts_are_written_in_french(database_url: str) -> None:
    """One follow-up, then that and two more, as they are called off."""
    async with conversation(database_url) as talk:
        for count, said in ((1, "1 rappel de D-142 abandonné"), (2, "3 rappels de D-142 abandonnés")):
            for _ in range(count):
                await talk.says("lea", "rappel appeler Luc demain 10h #acme")
            deal = await talk.says("lea", f"gagné D-142 {14 + count}k")
            won = await talk.presses("lea", deal, "Confirmer")
            await talk.presses("lea", won, "Tout abandonner")
            talk.sees(said)
            await talk.says("lea", "annuler")
            await talk.says("lea", "annuler")
        assert await Change.filter(undo_of__isnull=False).exists()
