"""Every sentence in every language: none missing, none unused, each with its placeholders."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from handlers.chat.i18n import SOURCE_LANGUAGE, languages, placeholders, untranslated

ROOT = Path(__file__).parents[3]
TRANSLATED = [language for language in languages() if language != SOURCE_LANGUAGE]

# What a Locale, or what holds one, is called where it is asked for a sentence.
_SPEAKERS = {"ctx", "locale", "_locale", "self"}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in the code. ``forms`` is the sentence, or the singular and the plural."""

    forms: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A call whose sentence cannot be found by reading, and would never be translated."""

    place: str


def sentences_of(source: str, name: str) -> Iterator[Said | Unreadable]:
    """The sentences of a module: ``.text("…")``, ``.plural("…", "…", n)`` of a speaker, ``msg("…")``."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        place = f"{name}:{node.lineno}"
        match node.func:
            case ast.Attribute(attr="plural", value=speaker) if _speaks(speaker):
                one, many = (tuple(_literals(form)) for form in node.args[:2])
                yield Said((*one, *many), place) if len(one) == len(many) == 1 else Unreadable(place)
            case ast.Attribute(attr="text", value=speaker) if _speaks(speaker):
                yield from _each(node.args[0], place)
            case ast.Name(id="msg"):
                yield from _each(node.args[0], place)


def _each(argument: ast.expr, place: str) -> Iterator[Said | Unreadable]:
    """A literal, either of two, or a name whose value was marked with msg(); a built string is no key."""
    if isinstance(argument, ast.JoinedStr | ast.BinOp):
        yield Unreadable(place)
    for literal in _literals(argument):
        yield Said((literal,), place)


def _literals(argument: ast.expr) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals(body)
            yield from _literals(orelse)


def _speaks(speaker: ast.expr) -> bool:
    match speaker:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _SPEAKERS
        case ast.Call(func=ast.Name(id="Locale")):
            return True
    return False


@cache
def said() -> list[Said | Unreadable]:
    """All that handlers/ and bot/ say; models/ never form sentences."""
    modules = sorted(path for folder in ("handlers", "bot") for path in (ROOT / folder).rglob("*.py"))
    return [
        sentence
        for module in modules
        for sentence in sentences_of(module.read_text(encoding="utf-8"), str(module.relative_to(ROOT)))
    ]


def sentences() -> list[Said]:
    return [sentence for sentence in said() if isinstance(sentence, Said) and sentence.forms != ("",)]


def written(language: str) -> list[Message]:
    """What stands in a language's file, whole or not."""
    with (ROOT / "handlers" / "locale" / f"{language}.po").open("rb") as file:
        return [entry for entry in read_po(file, locale=language, abort_invalid=True) if entry.id]


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def test_the_reader_finds_each_way_of_saying_something() -> None:
    """Literals, joined literals, either of two, plurals, marked ones; other texts are none."""
    source = (
        'ctx.text("a {x}", x=1); self.locale.text("b" "c"); ctx.locale.plural("{n} d", "{n} ds", 2)\n'
        'locale.text("e" if x else "f"); label = msg("g"); ctx.text(label); Locale("fr").text("h")\n'
        'reply.text("no sentence"); block.text("none"); text("none"); ctx.text(f"{x}"); ctx.text("i" + x)\n'
    )
    found = list(sentences_of(source, "m"))
    assert sorted(each.forms for each in found if isinstance(each, Said)) == [
        *(("a {x}",), ("bc",), ("e",), ("f",), ("g",), ("h",), ("{n} d", "{n} ds"))
    ]
    assert [each.place for each in found if isinstance(each, Unreadable)] == ["m:3", "m:3"]


def test_every_sentence_can_be_found_by_reading_the_code() -> None:
    """A sentence that is put together at run time could not be translated."""
    assert [each.place for each in said() if isinstance(each, Unreadable)] == []
    assert sentences()


def test_every_placeholder_is_a_plain_name() -> None:
    """No other brace stands in a sentence, so that nothing looks like a format."""
    for sentence in sentences():
        for form in sentence.forms:
            bare = form
            for name in placeholders(form):
                bare = bare.replace(f"{{{name}}}", "")
            assert not set(bare) & set("{}"), f"{sentence.place}: {form}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    """Whole, and not marked as fuzzy; a plural in all of its forms."""
    missing = set(untranslated(language, [sentence.forms[0] for sentence in sentences()]))
    assert sorted(f"{each.place} {each.forms[0]!r}" for each in sentences() if each.forms[0] in missing) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_is_translated_as_a_plural(language: str) -> None:
    """With the same pair of forms as the code has; and a sentence as a sentence, since one key has one."""
    known = {forms(entry.id)[0]: forms(entry.id) for entry in written(language)}
    odd = [each for each in sentences() if known.get(each.forms[0], each.forms) != each.forms]
    assert [f"{each.place} {each.forms}" for each in odd] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    """Each form the same; only a singular may say its number in words."""
    for entry in written(language):
        wanted = placeholders(" ".join(forms(entry.id)))
        for form in forms(entry.string):
            found = placeholders(form)
            assert found == wanted or (len(forms(entry.id)) > 1 and found == wanted - {"n"}), (entry.id, form)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_unused(language: str) -> None:
    """What nobody says any more is removed."""
    spoken = {sentence.forms for sentence in sentences()}
    assert [entry.id for entry in written(language) if forms(entry.id) not in spoken] == []
