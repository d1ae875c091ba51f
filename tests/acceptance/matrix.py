"""The permission matrix's cases, made from the register: every command, in every way that names a record.

A new command joins by itself. A new kind of argument does not: it is named here first, with words that
stand for it, see :data:`STAND_INS`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any

from handlers.chat import arguments as kinds
from handlers.chat.arguments import Argument
from handlers.chat.command import REGISTER, Command, Parameter
from handlers.chat.language import languages
from handlers.chat.reply import Invocation
from models.workspace import Visibility
from tests.acceptance.planted import COMMON, NOBODY_S_NUMBER, TELLING, Planted, hidden, visible, word
from tests.acceptance.sight import CAST, Owned, Person, decides, sees

# One of each role; then those who are seen to be different where a team, or an owner, hides a record.
SPEAKERS: Mapping[Visibility, Sequence[Person]] = {
    Visibility.EVERYONE: [CAST[name] for name in ("ann", "mia", "ada")],
    Visibility.TEAM: [CAST[name] for name in ("ann", "mia", "ada", "lou")],
    Visibility.OWN: [CAST[name] for name in ("ann", "mia", "ada", "lou", "dan")],
}
# Those to whom nothing at all may be told.
OUTSIDERS = [CAST[name] for name in ("dee", "zed")]


class UnknownKind(Exception):
    """The register has what the matrix cannot make a line or a button of; its text says what to add."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What to put for an argument.

    ``naming``: the forms (see :func:`forms`) in which it may name a record, where it can. ``words`` are
    typed for it where it names none and is required; ``stored`` is what a button keeps of it then.
    ``before`` is put in front of a name.
    """

    naming: tuple[str, ...] = ()
    words: str = ""
    stored: Any = None
    before: str = ""


# Stands in a line for a contact that who speaks may see.
HOME_CONTACT = "{contact at home}"
_ANY = ("id", "name", "fragment", "email", "phone", "slug")
_TEXT = ("name", "fragment", "email", "phone", "id")

STAND_INS: Mapping[type[Argument[Any]], StandIn] = {
    kinds.RecordArgument: StandIn(_ANY, words=HOME_CONTACT, stored=HOME_CONTACT),
    kinds.SomeoneArgument: StandIn(_TEXT),
    kinds.CompanyArgument: StandIn(("name", "fragment"), before="@ "),
    kinds.ReminderArgument: StandIn(("id", "name", "fragment"), words="1", stored="R-1"),
    kinds.NameArgument: StandIn(
        ("name", "fragment"), words="Quite Somebodyelse", stored="Quite Somebodyelse"
    ),
    kinds.RestArgument: StandIn(_TEXT, words="all is well", stored="all is well"),
    kinds.LineArgument: StandIn(_TEXT, words="today", stored="today"),
    kinds.WordArgument: StandIn(("fragment", "id"), words="call", stored="call"),
    kinds.VerbArgument: StandIn(("fragment", "id"), words="call", stored="call"),
    kinds.EmailsArgument: StandIn(("email",)),
    kinds.PhonesArgument: StandIn(("phone",)),
    kinds.DurationArgument: StandIn(words="20 min", stored=1200),
    kinds.WhenArgument: StandIn(words="tomorrow 10:00", stored="2026-10-15T10:00 UTC has_time"),
    kinds.OtherReadingArgument: StandIn(stored="2026-10-16T10:00 UTC has_time"),
    kinds.UntilArgument: StandIn(words="tomorrow 10:00", stored="2026-10-15T10:00 UTC has_time"),
    kinds.CloseArgument: StandIn(words="close 2026-11-30", stored="2026-11-30T00:00 UTC has_date"),
    kinds.FollowUpArgument: StandIn(
        words=", next demo tomorrow 10:00", stored=["demo", "2026-10-15T10:00 UTC has_time"]
    ),
    kinds.MoneyArgument: StandIn(words="5k", stored=["5000", "EUR"]),
    kinds.StageArgument: StandIn(words="> negotiation", stored="stage:Negotiation"),
    kinds.HiddenArgument: StandIn(),
}

_TELLING_OF_TWINS = kinds.NameArgument | kinds.EmailsArgument | kinds.PhonesArgument

# What only buttons carry; nothing tells what it means but this table.
HIDDEN_NAMING: Mapping[tuple[str, str], str] = {
    ("show", "record"): "{reference}",
    ("undo", "said"): "touch:{key}",
    ("edit", "said"): "touch:{key}",
    ("say", "line"): "find {reference}",
}
# Empty: left out, since with it nobody is looked for.
HIDDEN_FLAGS: Mapping[tuple[str, str], str] = {
    ("contact_new", "twin"): "",
    ("move", "confirmed"): "yes",
    ("remind", "kept"): "yes",
}


def stand_in(command: Command, parameter: Parameter) -> StandIn:
    """What to put for a parameter.

    Raises: UnknownKind.
    """
    kind = type(parameter.argument)
    if kind not in STAND_INS:
        raise UnknownKind(
            f"{command.name}({parameter.name}) takes {kind.__name__}, which the permission matrix does not "
            f"know. Add it to STAND_INS in {__name__}: in which forms it names a record, and words for it."
        )
    where = (command.name, parameter.name)
    if kind is kinds.HiddenArgument and where not in HIDDEN_NAMING and where not in HIDDEN_FLAGS:
        raise UnknownKind(
            f"{command.name}({parameter.name}) is hidden, and the permission matrix cannot know its meaning."
            f" Add it in {__name__}: to HIDDEN_NAMING where it names a record, else to HIDDEN_FLAGS."
        )
    return STAND_INS[kind]


# -- how a record is named -------------------------------------------------------------------------


def forms(planted: Planted) -> dict[str, str]:
    """The ways to name a record, with the words for each."""
    known = {"id": planted.reference}
    if planted.kind == "activity":
        return known
    known |= {"name": planted.title, "fragment": planted.title[:TELLING]}
    if planted.kind == "deal":
        known["slug"] = "#" + planted.title.replace(" ", "-")
    if "emails" in planted.model._meta.fields_map:
        known |= {"email": planted.email, "phone": planted.phone}
    return known


def absent(planted: Planted, form: str) -> str:
    """Words of the same form that name nothing at all."""
    first, last = (word(f"nobody {planted.kind} {which}").capitalize() for which in ("first", "last"))
    name = f"{first} {last} {COMMON}"
    return {
        "id": f"{planted.model.LETTER}-{NOBODY_S_NUMBER}",
        "name": name,
        "fragment": name[:TELLING],
        "slug": "#" + name.replace(" ", "-"),
        "email": f"{first}@{last}.example".lower(),
        "phone": "+33639989998",
    }[form]


# -- lines -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One thing said or pressed by one person, in which one record is named."""

    visibility: Visibility
    speaker: Person
    target: Planted
    slot: Slot

    @property
    def naming(self) -> str:
        """The words that name the record."""
        return forms(self.target)[self.slot.form]

    @property
    def line(self) -> str:
        """What is typed."""
        return self._with(self.naming)

    @property
    def about_nothing(self) -> str:
        """The same about something that nobody knows."""
        return self._with(absent(self.target, self.slot.form))

    @property
    def shown(self) -> bool:
        """Whether who speaks may see the record."""
        return sees(self.speaker, self.target.owned, self.visibility)

    @property
    def found(self) -> bool:
        """Whether they must be answered about it: they may see it, and the place is made for it.

        Of what is taken back only once, nobody can say who comes first.
        """
        return self.shown and self.slot.fits(self.target) and self.slot.command.name not in ("undo", "edit")

    @property
    def written(self) -> bool | None:
        """Whether something must be written; None where the command says nothing of it."""
        needs = WRITES.get(self.slot.command.name)
        if needs is None or not self.slot.fits(self.target) or self.slot.form not in ("id", "email", "slug"):
            return None
        return needs(self.speaker, self.target.owned, self.visibility)

    @property
    def said(self) -> str:
        """What of the record stands in the line, or on the button: only an id is behind a button, unseen."""
        if self.slot.line:
            return self.line
        return self.naming if self.slot.form != "id" or self.slot.command.name == "say" else ""

    @property
    def button(self) -> Invocation:
        """What is pressed."""
        return self._invocation(self.naming, self.target.reference, self.target.key)

    @property
    def button_about_nothing(self) -> Invocation:
        """The same about something that nobody knows."""
        naming = absent(self.target, self.slot.form)
        return self._invocation(naming, absent(self.target, "id"), "nothing at all")

    def _invocation(self, naming: str, reference: str, key: str) -> Invocation:
        command, parameter = self.slot.command, self.slot.parameter
        form = HIDDEN_NAMING.get((command.name, parameter.name))
        stored: Any = form.format(reference=reference, key=key) if form else naming
        if isinstance(parameter.argument, kinds.EmailsArgument | kinds.PhonesArgument):
            stored = [stored]
        kept = {name: self._at_home(value) for name, value in (self.slot.stored or {}).items()}
        return Invocation(command.name, {**kept, parameter.name: stored})

    def _with(self, naming: str) -> str:
        return str(self._at_home(self.slot.line)).replace("{}", naming)

    def _at_home(self, value: Any) -> Any:
        """A record that who speaks may see, where the command needs another one besides."""
        if not isinstance(value, str) or HOME_CONTACT not in value:
            return value
        seen = (planted for planted in visible(self.speaker, self.visibility) if planted.kind == "contact")
        first = next(seen, None)
        return value.replace(HOME_CONTACT, first.reference if first else f"C-{NOBODY_S_NUMBER}")

    def __str__(self) -> str:
        said = self.line if self.slot.line else f"[{self.slot.command.name}: {self.slot.parameter.name}]"
        return f"{self.visibility} · {self.speaker.name} · {self.target.key} · {said}"


# What a command writes where it finds its record, and who may let it: who sees it, or who decides over it.
WRITES: Mapping[str, Callable[[Person, Owned, Visibility], bool]] = {
    "call": sees,
    "note": sees,
    "move": decides,
    "done": decides,
    "snooze": decides,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of one command in which a record can be named in one form, as a line or in a button."""

    command: Command
    parameter: Parameter
    form: str
    line: str = ""
    stored: Mapping[str, Any] | None = None

    def takes(self, planted: Planted) -> bool:
        """Whether a record of that kind has such a form. An id may be of any kind."""
        argument = self.parameter.argument
        if self.stored is not None and isinstance(argument, kinds.RecordArgument):
            return planted.model in argument.models
        if self.stored is not None and isinstance(argument, kinds.ReminderArgument):
            return planted.kind == "reminder"
        if isinstance(argument, kinds.CompanyArgument) and self.stored is not None and self.form == "id":
            return planted.kind == "company"
        return self.form in forms(planted)

    def fits(self, planted: Planted) -> bool:
        """Whether it is made for such records, so that who may see one is answered about it."""
        if not self.takes(planted):
            return False
        argument = self.parameter.argument
        if isinstance(argument, kinds.SomeoneArgument) or self.command.name == "remind":
            return False  # whoever is not found stays in the text
        if isinstance(argument, kinds.RecordArgument):
            if self.form in ("email", "phone"):
                return planted.kind == "contact" and planted.model in argument.models
            return planted.model in argument.models and (
                not argument.slug_only or self.form in ("id", "slug")
            )
        if isinstance(argument, kinds.ReminderArgument):
            return planted.kind == "reminder" and self.form == "id"
        if self.stored is not None and isinstance(argument, kinds.HiddenArgument):
            return True
        if self.command.name == "contact_new":  # somebody known is asked about first
            return (
                planted.kind == "contact"
                and isinstance(argument, _TELLING_OF_TWINS)
                and self.form != "fragment"
            )
        return self.command.name in ("find", "who") and self.form == "id"


@cache
def typed_slots() -> tuple[Slot, ...]:
    """All that can be typed, in both languages by turns."""
    places = [
        (command, parameter, form)
        for command in REGISTER.values()
        if _is_typed(command)
        for parameter in command.parameters
        for form in stand_in(command, parameter).naming
    ]
    turns = cycle(languages())
    return tuple(
        Slot(*place, f"{spoken.verbs[place[0].name][0]} {_words(*place[:2])}")
        for place, spoken in zip(places, turns, strict=False)
    )


def _is_typed(command: Command) -> bool:
    return not command.hidden or any(command.name in language.verbs for language in languages())


def _words(command: Command, naming: Parameter) -> str:
    """The line after its verb: what is required, the record, and the note behind a colon."""
    head, note = list[str](), list[str]()
    for parameter in command.parameters:
        own = stand_in(command, parameter)
        if parameter is naming:
            words = f"{own.before}{{}}"
        elif parameter.required:
            words = own.words
        else:
            continue
        (note if parameter.argument.last else head).append(words)
    head.sort(key=lambda words: words.startswith("@"))  # a company's name goes on to the end
    return ": ".join(part for part in (" ".join(head), " ".join(note)) if part)


@cache
def pressed_slots() -> tuple[Slot, ...]:
    """All that a button can hold."""
    return tuple(
        Slot(command, parameter, form, stored=_stored(command, parameter))
        for command in REGISTER.values()
        for parameter in command.parameters
        for form in _stored_forms(command, parameter)
    )


def _stored_forms(command: Command, parameter: Parameter) -> tuple[str, ...]:
    """A record stands in a button by its id, a text as it was typed."""
    if (command.name, parameter.name) in HIDDEN_NAMING:
        return ("id",)
    if isinstance(parameter.argument, kinds.RecordArgument | kinds.ReminderArgument | kinds.CompanyArgument):
        return ("id",)
    return stand_in(command, parameter).naming[:1]


def _stored(command: Command, naming: Parameter) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    for parameter in command.parameters:
        own = stand_in(command, parameter)
        flag = HIDDEN_FLAGS.get((command.name, parameter.name))
        if parameter is not naming and (parameter.required or flag):
            kept[parameter.name] = flag or own.stored
    return kept


# -- who meets what --------------------------------------------------------------------------------


def cases(visibility: Visibility, speaker: Person, slots: tuple[Slot, ...], each: int) -> Iterator[Case]:
    """For every slot ``each`` records that this person may not see, and one that they must be shown.

    Where anything can be named (an id may be of any record), one more that the slot is not made for. The
    records take turns, so that all of them are met; no case comes twice.
    """
    unseen, seen = hidden(speaker, visibility), visible(speaker, visibility)
    for records in (unseen, seen):
        random.Random(f"{speaker.name} {visibility}").shuffle(records)
    for slot in slots:
        met = _next(unseen, slot.fits, each)
        if slot.form == "id" or not met:
            met += _next(unseen, slot.takes, 1)
        for target in dict.fromkeys(met + _next(seen, slot.fits, 1)):
            yield Case(visibility, speaker, target, slot)


def _next(queue: list[Planted], fitting: Callable[[Planted], bool], wanted: int) -> list[Planted]:
    """The first that fit; they go to the end of the queue."""
    chosen = [planted for planted in queue if fitting(planted)][:wanted]
    for planted in chosen:
        queue.remove(planted)
        queue.append(planted)
    return chosen
