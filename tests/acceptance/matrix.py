"""The permission matrix's cases, made from the register: every command, in every way that names a record.

A new command joins by itself. A new kind of argument does not: it is named here first, with words that
stand for it, see :data:`STAND_INS`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, islice
from typing import Any

from handlers.approvals import ApprovalArgument, WantedArgument
from handlers.chat import arguments as kinds
from handlers.chat.arguments import Argument
from handlers.chat.carrying import (
    FilesArgument,
    ForwardedArgument,
    LocationArgument,
    SharedContactArgument,
)
from handlers.chat.colleagues import MemberArgument
from handlers.chat.command import REGISTER, Command, Parameter
from handlers.chat.context import CONFIRMED
from handlers.chat.date_order import DAY_FIRST, DateOrderArgument
from handlers.chat.filters import FilterArgument
from handlers.chat.language import languages
from handlers.chat.options import OutcomeArgument, SourceArgument
from handlers.chat.places import EmployerArgument, PlaceArgument, WebsiteArgument
from handlers.chat.reply import Invocation
from handlers.chat.telling import DirectionArgument, PlannedArgument
from handlers.chat.whose import OwnersArgument
from handlers.deals.arguments import ChanceArgument, PipelineArgument, ReasonArgument
from handlers.deals.people import JoinedArgument
from handlers.deals.requirements import FillingArgument
from handlers.fields import AssignmentArgument, SubjectArgument
from handlers.merging import OtherArgument
from handlers.removal import RemovedArgument
from handlers.reports.forecast import HorizonArgument
from handlers.reports.stale import DaysArgument
from handlers.tags import TagsArgument
from models.company import Company
from models.record import Record
from models.reminder import Reminder
from models.workspace import Visibility
from tests.acceptance.planted import COMMON, NOBODY_S_NUMBER, PLANTED, TELLING, Planted, hidden, visible, word
from tests.acceptance.sight import CAST, Owned, Person, decides, sees
from tests.records import RECORDS

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


# Stands in a line for a record of a kind that who speaks may see; or for one of the kind that is named.
HOME = "{%s at home}"
_OF_THE_SAME_KIND = HOME % "same"
_AT_HOME = re.compile(r"\{(\w+) at home\}")
# Stand for who speaks, and on a button for the record that is named.
_ME, _IT = "{me}", "{it}"
_ANY = ("id", "name", "fragment", "email", "phone", "slug")
_TEXT = ("name", "fragment", "email", "phone", "id")

# By the nearest class: a kind that is only asked for in other words joins by itself.
STAND_INS: Mapping[type[Argument[Any]], StandIn] = {
    kinds.RecordArgument: StandIn(_ANY),
    kinds.SomeoneArgument: StandIn(_TEXT),
    SubjectArgument: StandIn(("id", "name", "fragment", "slug")),
    kinds.CompanyArgument: StandIn(("name", "fragment"), before="@ "),
    EmployerArgument: StandIn(("name", "fragment"), before="@ "),
    PlaceArgument: StandIn(("name", "fragment"), before="@ "),
    WebsiteArgument: StandIn(("website",)),
    kinds.ReminderArgument: StandIn(("id", "name", "fragment"), words="1", stored="R-1"),
    MemberArgument: StandIn(("fragment",), words=_ME, stored=f"{_ME}@parley.example", before="@"),
    ApprovalArgument: StandIn(("id",), stored="approval:nothing"),
    WantedArgument: StandIn(
        stored={"command": "note", "arguments": {"record": _IT, "notes": "all is well"}, "line": "note"}
    ),
    kinds.NameArgument: StandIn(
        ("name", "fragment"), words="Quite Somebodyelse", stored="Quite Somebodyelse"
    ),
    kinds.RestArgument: StandIn(_TEXT, words="all is well", stored="all is well"),
    AssignmentArgument: StandIn(_TEXT, words="Quite Else", stored="name Quite Else", before="name "),
    ReasonArgument: StandIn(_TEXT, words="price", stored="Price"),
    TagsArgument: StandIn(("fragment", "id"), words="vip", stored=["vip"]),
    kinds.LineArgument: StandIn(_TEXT, words="today", stored="today", before="find "),
    kinds.WordArgument: StandIn(("fragment", "id"), words="call", stored="call"),
    kinds.VerbArgument: StandIn(("fragment", "id"), words="call", stored="call"),
    kinds.EmailsArgument: StandIn(("email",)),
    kinds.PhonesArgument: StandIn(("phone",)),
    kinds.DurationArgument: StandIn(words="20 min", stored=1200),
    kinds.WhenArgument: StandIn(words="tomorrow 10:00", stored="2026-10-15T10:00 UTC has_time"),
    kinds.OtherReadingArgument: StandIn(stored="2026-10-16T10:00 UTC has_time"),
    kinds.CloseArgument: StandIn(words="close 2026-11-30", stored="2026-11-30T00:00 UTC has_date"),
    kinds.FollowUpArgument: StandIn(
        words=", next demo tomorrow 10:00", stored=["demo", "2026-10-15T10:00 UTC has_time"]
    ),
    kinds.MoneyArgument: StandIn(words="5k", stored=["5000", "EUR"]),
    kinds.StageArgument: StandIn(words="> negotiation", stored="stage:Negotiation"),
    ChanceArgument: StandIn(words="60%", stored=60),
    PipelineArgument: StandIn(),
    FilterArgument: StandIn(("name", "fragment")),
    OwnersArgument: StandIn(),
    HorizonArgument: StandIn(),
    DaysArgument: StandIn(),
    DateOrderArgument: StandIn(stored=DAY_FIRST),
    FillingArgument: StandIn(),
    DirectionArgument: StandIn(),
    PlannedArgument: StandIn(),
    OutcomeArgument: StandIn(),
    SourceArgument: StandIn(),
    ForwardedArgument: StandIn(stored={"name": "Quite Else", "text": "all is well"}),
    LocationArgument: StandIn(stored={"latitude": 48.85661, "longitude": 2.35222}),
    SharedContactArgument: StandIn(stored={"name": "Quite Somebodyelse"}),
    FilesArgument: StandIn(stored=[{"kind": "photo", "source": "a photo"}]),
    kinds.HiddenArgument: StandIn(),
}

_TELLING_OF_TWINS = kinds.NameArgument | kinds.EmailsArgument | kinds.PhonesArgument


@dataclass(frozen=True, slots=True)
class Naming:
    """How what only buttons carry names a record: as it is stored, and of which kinds (all: none named)."""

    form: str
    kinds: frozenset[str] = frozenset()


# What only buttons carry; nothing tells what it means but these tables.
_SUBJECTS = frozenset({"contact", "company", "deal", "lead"})
HIDDEN_NAMING: Mapping[tuple[str, str], Naming] = {
    ("show", "record"): Naming("{reference}"),
    ("undo", "said"): Naming("touch:{key}"),
    ("edit", "said"): Naming("touch:{key}"),
    ("say", "line"): Naming("find {reference}"),
    ("form", "known"): Naming('{{"record": "{reference}"}}'),
    ("fill", "known"): Naming('{{"record": "{reference}"}}'),
    ("share", "known"): Naming('{{"record": "{reference}"}}'),
    ("amend", "words"): Naming("find {reference}"),
    ("attach", "words"): Naming("{reference}", _SUBJECTS),
    ("forward", "words"): Naming("{reference}", _SUBJECTS),
    ("file_on", "files"): Naming("{reference}", frozenset({"attachment"})),
    ("convert", "contact"): Naming("{reference}", frozenset({"contact"})),
    ("convert", "company"): Naming("{reference}", frozenset({"company"})),
}
# Empty: left out, since with it nobody is looked for.
_PAGED = ("find", "who", "deals", "contacts", "companies", "leads", "activities", "pipeline", "stale")
HIDDEN_FLAGS: Mapping[tuple[str, str], str] = {
    ("amend", "said"): "0",
    ("file_on", "files"): HOME % "attachment",
    ("amend", "at"): "2026-10-14T13:30:00+00:00",
    ("amend", "doubt"): "",
    ("contact_new", "twin"): "",
    ("contact_new", "job"): "",
    ("add_card", "index"): "0",
    ("files", "after"): "",
    ("company_new", "twin"): "",
    ("lead_new", "twin"): "",
    ("restore", "twin"): "",
    ("remind", "kept"): "yes",
    ("task", "kept"): "yes",
    ("close", "kept"): "yes",
    ("deal_new", "kept"): "yes",
    ("assign", "followups"): "yes",
    ("today", "after"): "",
    ("overdue", "after"): "",
    **{(name, "after"): "" for name in _PAGED},
    ("date_order", "line"): "",
    ("date_order", "typed"): "",
    ("date_order", "question"): "",
    ("tz_move", "zone"): "Europe/Paris",
    ("form", "fills"): "show",
    ("form", "typed"): "",
    ("form", "source"): "",
    ("fill", "fills"): "show",
    ("fill", "source"): "",
    ("share", "shown"): "show",
}
# Done only once: taken back, decided, called off.
ONCE = frozenset({"undo", "edit", "approve", "decline", "amend_request", "call_off"})
# What hangs on a record goes where it goes.
CARRYING = frozenset({"convert", "merge", "delete", "restore", "assign"})
# Optional, but the command asks for one of them.
NEEDED = frozenset({("deal_people", "joining")})
# Commands with parameters of which none can name a record.
NAMELESS = frozenset({"today", "overdue", "tz_move", "unlink", "date_order", "shared_contact"})


def stand_in(command: Command, parameter: Parameter) -> StandIn:
    """What to put for a parameter.

    Raises: UnknownKind.
    """
    argument, where = parameter.argument, (command.name, parameter.name)
    kind = next((each for each in type(argument).__mro__ if each in STAND_INS), None)
    if kind is None:
        raise UnknownKind(
            f"{command.name}({parameter.name}) takes {type(argument).__name__}, which the permission matrix "
            f"does not know. Add it to STAND_INS in {__name__}: in which forms it names a record, and words "
            "for it."
        )
    if kind is kinds.HiddenArgument and where not in HIDDEN_NAMING and hidden_flag(*where) is None:
        raise UnknownKind(
            f"{command.name}({parameter.name}) is hidden, and the permission matrix cannot know its meaning."
            f" Add it in {__name__}: to HIDDEN_NAMING where it names a record, else to HIDDEN_FLAGS."
        )
    known = STAND_INS[kind]
    if isinstance(argument, JoinedArgument):
        known = replace(known, before={"beside": "with ", "without": "without "}[argument.side])
    if isinstance(argument, kinds.RecordArgument | SubjectArgument):
        home = _OF_THE_SAME_KIND if command.name == "merge" else HOME % named_by(argument)[0].KIND
        known = replace(known, words=home, stored=home)
    return known


def hidden_flag(command: str, parameter: str) -> str | None:
    """What a button keeps of a hidden parameter that names no record; None where it is not known."""
    return "yes" if parameter == CONFIRMED else HIDDEN_FLAGS.get((command, parameter))


def named_by(argument: Argument[Any]) -> Sequence[type[Record]]:
    """The kinds of records that an argument is made for; empty where it takes words."""
    match argument:
        case kinds.RecordArgument(models=models):
            return models
        case SubjectArgument():
            return argument._records.models
        case kinds.ReminderArgument():
            return [Reminder]
        case kinds.CompanyArgument():
            return [Company]
    return ()


# -- how a record is named -------------------------------------------------------------------------


# By key: they are asked for with each case, and a record's words stay what they are.
_forms: dict[str, dict[str, str]] = {}


def forms(planted: Planted) -> Mapping[str, str]:
    """The ways to name a record, with the words for each."""
    if planted.key not in _forms:
        _forms[planted.key] = _made_forms(planted)
    return _forms[planted.key]


def _made_forms(planted: Planted) -> dict[str, str]:
    known = {"id": planted.reference}
    if planted.kind in ("activity", "attachment"):
        return known
    known |= {"name": planted.title, "fragment": planted.title[:TELLING]}
    if planted.kind == "deal":
        known["slug"] = "#" + planted.title.replace(" ", "-")
    if "emails" in planted.model._meta.fields_map:
        known |= {"email": planted.email, "phone": planted.phone}
    if "website" in planted.model._meta.fields_map:
        known["website"] = planted.website
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
        "website": f"{last}.example".lower(),
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

        Of what is done only once, nobody can say who comes first.
        """
        return self.shown and self.slot.fits(self.target) and self.slot.command.name not in ONCE

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
        hidden = HIDDEN_NAMING.get((command.name, parameter.name))
        stored: Any = hidden.form.format(reference=reference, key=key) if hidden else naming
        match parameter.argument:
            case kinds.EmailsArgument() | kinds.PhonesArgument() | TagsArgument():
                stored = [stored]
            case PlaceArgument():
                stored = [stored, ""]
            case AssignmentArgument() | kinds.LineArgument():
                stored = stand_in(command, parameter).before + stored
            case ApprovalArgument():
                stored = f"approval:{key}"
        kept = {name: self._at_home(value, reference) for name, value in (self.slot.stored or {}).items()}
        return Invocation(command.name, {**kept, parameter.name: stored})

    def _with(self, naming: str) -> str:
        return str(self._at_home(self.slot.line)).replace("{}", naming)

    def _at_home(self, value: Any, reference: str = "") -> Any:
        """With who speaks, and records that they may see, where the command needs others besides."""
        if isinstance(value, dict):
            return {name: self._at_home(part, reference) for name, part in value.items()}
        if not isinstance(value, str):
            return value
        value = value.replace(_ME, self.speaker.name).replace(_IT, reference)
        return _AT_HOME.sub(lambda match: self._seen(match[1]), value)

    def _seen(self, kind: str) -> str:
        """A record at home, see :meth:`_home`, by its id; the id of none where there is none."""
        found = self._home(kind)
        kind = self.target.kind if kind == "same" else kind
        return found.reference if found else f"{RECORDS[kind].LETTER}-{NOBODY_S_NUMBER}"

    def _home(self, kind: str) -> Planted | None:
        """A record of a kind that who speaks may see, if possible write, apart from the one that is named."""
        kind = self.target.kind if kind == "same" else kind
        apart = [
            each
            for each in visible(self.speaker, self.visibility)
            if each.kind == kind and each is not self.target
            if each not in self.target.parents and self.target not in each.parents
        ]
        own = (each for each in apart if writes_at_once(self.speaker, each.owned, self.visibility))
        return next(own, next(iter(apart), None))

    @property
    def carried(self) -> set[str]:
        """The keys of what may change with the records that are named: what hangs on them goes along."""
        if self.slot.command.name not in CARRYING:
            return set()
        parts = [self.slot.line, *map(str, (self.slot.stored or {}).values())]
        homes = [self._home(kind) for part in parts for kind in _AT_HOME.findall(part)]
        named = [
            each
            for each in (self.target, *homes)
            if each and decides(self.speaker, each.owned, self.visibility)
        ]
        return {each.key for each in PLANTED if each.owned.hangs and set(each.parents) & set(named)}

    def __str__(self) -> str:
        said = self.line if self.slot.line else f"[{self.slot.command.name}: {self.slot.parameter.name}]"
        return f"{self.visibility} · {self.speaker.name} · {self.target.key} · {said}"


def writes_at_once(viewer: Person, record: Owned, visibility: Visibility) -> bool:
    """Whether a write needs no confirming: what is somebody else's is confirmed by who leads them."""
    return decides(viewer, record, visibility) and record.owner in (None, viewer.name)


# What a command writes where it finds its record, and who may let it: who sees it, or who decides over it.
WRITES: Mapping[str, Callable[[Person, Owned, Visibility], bool]] = {
    "call": sees,
    "note": sees,
    "move": writes_at_once,
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

    @property
    def is_text(self) -> bool:
        """Whether the place is made for any words, and not for a record."""
        return not named_by(self.parameter.argument)

    def takes(self, planted: Planted) -> bool:
        """Whether a record of that kind has such a form. An id may be of any kind."""
        hidden = HIDDEN_NAMING.get((self.command.name, self.parameter.name))
        if hidden is not None:
            return not hidden.kinds or planted.kind in hidden.kinds
        if self.stored is not None and isinstance(self.parameter.argument, ApprovalArgument):
            return planted.is_asked_for
        made_for = named_by(self.parameter.argument)
        if self.stored is not None and made_for and self.form == "id":
            return planted.model in made_for
        return self.form in forms(planted)

    def fits(self, planted: Planted) -> bool:
        """Whether it is made for such records, so that who may see one is answered about it."""
        if not self.takes(planted):
            return False
        argument = self.parameter.argument
        if isinstance(argument, kinds.SomeoneArgument) or self.command.name in ("remind", "task"):
            return False  # whoever is not found stays in the text
        if isinstance(argument, ApprovalArgument):
            return True
        if isinstance(argument, RemovedArgument | OtherArgument) or self.command.name == "untag":
            return False  # none is removed, or has that tag; of a merge, who may is asked about both
        if isinstance(argument, JoinedArgument) and argument.side == "without":
            return False  # who is not there cannot leave
        if isinstance(argument, kinds.RecordArgument | SubjectArgument):
            if self.form in ("email", "phone"):
                return planted.kind == "contact" and planted.model in named_by(argument)
            slug_only = isinstance(argument, kinds.RecordArgument) and argument.slug_only
            return planted.model in named_by(argument) and (not slug_only or self.form in ("id", "slug"))
        if isinstance(argument, kinds.ReminderArgument):
            return planted.kind == "reminder" and self.form == "id"
        if self.stored is not None and isinstance(argument, kinds.HiddenArgument):
            return True
        if new := _LOOKED_FOR.get(self.command.name):  # somebody known is asked about first
            telling = isinstance(argument, _TELLING_OF_TWINS | WebsiteArgument)
            return planted.kind == new and telling and self.form != "fragment"
        return self.command.name in ("find", "who") and self.form == "id"


# What a new record is looked for among.
_LOOKED_FOR = {"contact_new": "contact", "company_new": "company", "lead_new": "contact"}


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


def by_turns(slots: Sequence[Slot], turn: int) -> tuple[Slot, ...]:
    """Of the forms in which each place of each command can name a record, the one whose turn it is."""
    places = dict[tuple[str, str], list[Slot]]()
    for slot in slots:
        places.setdefault((slot.command.name, slot.parameter.name), []).append(slot)
    return tuple(place[turn % len(place)] for place in places.values())


def _is_typed(command: Command) -> bool:
    return not command.hidden or any(command.name in language.verbs for language in languages())


def _words(command: Command, naming: Parameter) -> str:
    """The line after its verb: what is required, the record, and the note behind a colon."""
    head, end, note = list[str](), list[str](), list[str]()
    for parameter in command.parameters:
        own = stand_in(command, parameter)
        if parameter is naming:
            words = f"{own.before}{{}}"
        elif _is_needed(command, parameter, naming):
            words = f"{own.before}{own.words}"
        else:
            continue
        # A company's name goes on to the end of the line; tags stand behind a name.
        late = words.startswith("@") or isinstance(parameter.argument, TagsArgument)
        (note if parameter.argument.last else end if late else head).append(words)
    return ": ".join(part for part in (" ".join([*head, *end]), " ".join(note)) if part)


def _is_needed(command: Command, parameter: Parameter, naming: Parameter) -> bool:
    """Whether a command asks for it, where another parameter names the record."""
    return parameter.required or ((command.name, parameter.name) in NEEDED and naming.required)


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
    if named_by(parameter.argument):
        return ("id",)
    return stand_in(command, parameter).naming[:1]


def _stored(command: Command, naming: Parameter) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    for parameter in command.parameters:
        own = stand_in(command, parameter)
        flag = hidden_flag(command.name, parameter.name)
        if parameter is not naming and (_is_needed(command, parameter, naming) or flag):
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
    chosen = list(islice(filter(fitting, queue), wanted))
    for planted in chosen:
        queue.remove(planted)
        queue.append(planted)
    return chosen
