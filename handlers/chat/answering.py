"""Answering: a line or a press becomes a reply; what is refused becomes a sentence that teaches.

Nothing here opens a transaction or sends. :func:`answer` and :func:`press` raise what a rule refused or
what was not understood; the caller rolls back what the line wrote and asks :func:`explain` for the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace
from tortoise.queryset import QuerySet

from handlers.chat import binding, verbs
from handlers.chat import reading as lines
from handlers.chat.arguments import (
    Argument,
    LineArgument,
    MoneyArgument,
    RestArgument,
    WhenArgument,
    stage_name,
)
from handlers.chat.command import REGISTER, Command
from handlers.chat.context import CONFIRMED, Context, Question
from handlers.chat.errors import Asked, Misread, NotUnderstood, UnknownVerb
from handlers.chat.focus import replied_to
from handlers.chat.language import Language, languages
from handlers.chat.reading import Kind
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from models import search
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.errors import (
    AlreadyDone,
    Ambiguous,
    ChangedSince,
    IllegalMove,
    Indispensable,
    InUse,
    InvalidValue,
    NameTaken,
    NotAllowed,
    NotFound,
    RuleRefused,
)
from models.kept import Kept
from models.member import Member
from models.record import LETTERS, Record

# Lines of one message that are answered on their own; a longer message is refused as a whole.
MOST_LINES = 20
# A button's label is cut to what a phone shows in one row.
LONGEST_LABEL = 40


async def answer(ctx: Context, line: str) -> Reply:
    """Answer one line.

    Raises:
        RuleRefused, NotUnderstood: nothing that the line wrote may stay.
    """
    ctx.line = line
    opening = verbs.opening(line)
    question = ctx.memory.question
    if question is not None and (_answers(question, opening) or _is_moment(ctx, question, line)):
        return await _answer_question(ctx, question, line)
    if question is not None and question.parameter == CONFIRMED and (said := _decided(ctx, line)):
        ctx.dropped = question
        if said == "yes":
            ctx.confirmed = question
            return await press(ctx, question.invocation)
        return await press(ctx, Invocation("cancel"))
    ctx.dropped, ctx.memory.question = question, None
    if opening is None and (reference := _reference(ctx, line)):
        return await press(ctx, Invocation("show", {"record": reference}))
    if opening is None and line.strip() and (record := await replied_to(ctx)) is not None:
        if not line.lstrip().startswith(">"):
            return await press(ctx, Invocation("note", {"record": record.reference, "notes": line}))
        opening = verbs.Opening("move", line, ">")  # what a line of no reply would quote with
    if opening is None:
        opening = verbs.misspelt(line)
    if opening is None:
        raise UnknownVerb(line, verbs.nearest(line))
    if question is not None and opening.command == "undo" and not opening.rest.strip():
        # What is open is taken back first, and not what was written before it.
        opening = verbs.Opening("cancel", "", opening.typed)
    reply = await _run_line(ctx, REGISTER[opening.command], opening.rest)
    return _with_note(ctx, reply, opening) if opening.meant else reply


async def press(ctx: Context, invocation: Invocation) -> Reply:
    """Answer a press: as if its presser had typed it."""
    command = REGISTER[invocation.command]
    _begin(ctx, command)
    values = await binding.restore(ctx, command, invocation.arguments)
    ctx.memory.question = None
    return await _call(ctx, command, values)


def _reference(ctx: Context, line: str) -> str:
    """A record's id that is all of a line; empty where the line is anything else."""
    spans = list(lines.read(line, frozenset({Kind.ID}), ctx.speaker).free(Kind.ID))
    whole = len(spans) == 1 and line[spans[0].start : spans[0].end] == line.strip()
    return str(spans[0].value) if whole else ""


def _answers(question: Question, opening: verbs.Opening | None) -> bool:
    """Whether a line answers the open question; a new command cancels it, unless a line was asked for."""
    if question.parameter == CONFIRMED:
        return False
    if opening is None:
        return True
    if opening.typed == ">":
        # In what is to be written down it may stand; anywhere else a deal moves.
        return isinstance(_asked_for(question), RestArgument)
    asks_for_a_line = isinstance(_asked_for(question), LineArgument)
    return asks_for_a_line and not _cancels(opening.typed)


def _is_moment(ctx: Context, question: Question, line: str) -> bool:
    """Whether a time was asked for and the line is one: ``today 5pm`` is no command then."""
    spans = lines.when_spans(line, ctx.speaker, "plan")
    return (
        isinstance(_asked_for(question), WhenArgument)
        and len(spans) == 1
        and (spans[0].start, spans[0].end) == (0, len(line.rstrip()))
    )


def _asked_for(question: Question) -> Argument[Any]:
    return REGISTER[question.invocation.command].parameter(question.parameter).argument


def expects_number(question: Question | None) -> bool:
    """Whether a bare number answers the open question rather than pressing a button."""
    return question is not None and isinstance(_asked_for(question), MoneyArgument)


def begins_a_line(line: str) -> bool:
    """Whether a line of a longer message is a command of its own, not the continuation of a note."""
    opening = verbs.opening(line)
    return opening is not None and REGISTER[opening.command].surely(opening.rest)


def lines_of(text: str) -> list[str]:
    """A message's lines; one that begins with no command goes on with the line before it."""
    found = list[str]()
    for line in lines.normalise(text).split("\n"):
        if found and (not begins_a_line(line) or len(found) >= MOST_LINES):
            found[-1] += f"\n{line}"
        elif line.strip():
            found.append(line)
    return [line.strip() for line in found] or [""]


def joined(replies: Sequence[Reply]) -> Reply:
    """The answers to a message's lines as one."""
    if len(replies) == 1:
        return replies[0]
    blocks = tuple(block for reply in replies for block in reply.blocks)
    private = any(reply.private for reply in replies)
    return Reply(blocks, private, fleeting=any(reply.fleeting for reply in replies))


async def _run_line(ctx: Context, command: Command, rest: str) -> Reply:
    _begin(ctx, command)
    reading = lines.read(rest, command.kinds, ctx.speaker, log=command.log)
    return await _call(ctx, command, await binding.bind(ctx, command, reading))


async def _answer_question(ctx: Context, question: Question, line: str) -> Reply:
    command = REGISTER[question.invocation.command]
    _begin(ctx, command)
    ctx.said_at = question.said_at
    values = await binding.restore(ctx, command, question.invocation.arguments)
    parameter = command.parameter(question.parameter)
    if not await binding.complete(ctx, command, values, parameter, line):
        asked = await binding.asking(ctx, command, values, parameter)
        asked.prompt = ctx.text("I could not read that. {question}", question=asked.prompt)
        raise asked
    ctx.memory.question = None
    return await _call(ctx, command, values)


def _begin(ctx: Context, command: Command) -> None:
    ctx.command = command.name
    if not command.allows(ctx.member.role):
        raise NotAllowed(role=command.role)


async def _call(ctx: Context, command: Command, values: dict[str, Any]) -> Reply:
    await binding.require(ctx, command, values)
    ctx.bound = values
    return await command.handler(ctx, **values)


def _decided(ctx: Context, line: str) -> str:
    """What a word says to a card: yes, no, or nothing where it is none. A card of several ways has no yes."""
    question, said = ctx.memory.question, search.fold(line.strip(" .!"))
    assert question is not None
    if CONFIRMED in question.invocation.arguments and said in _words(lambda entry: entry.yes):
        return "yes"
    return "no" if said in _words(lambda entry: entry.no) else ""


def _words(choose: Callable[[Language], Sequence[str]]) -> set[str]:
    return {search.fold(word) for entry in languages() for word in choose(entry)}


def _cancels(typed: str) -> bool:
    return any(search.fold(typed) == search.fold(word) for entry in languages() for word in entry.cancel)


def _with_note(ctx: Context, reply: Reply, opening: verbs.Opening) -> Reply:
    note = Text(ctx.text("(read “{typed}” as “{meant}”)", typed=opening.typed, meant=opening.meant))
    blocks = list(reply.blocks)
    blocks.insert(1, note)
    return replace(reply, blocks=tuple(blocks))


async def explain(ctx: Context, error: RuleRefused | NotUnderstood, line: str) -> Reply:
    """The sentence for a refusal: what it was, what works instead, the nearest choices as buttons."""
    match error:
        case Asked():
            return ask(ctx, error)
        case UnknownVerb():
            return await _unknown(ctx, error)
        case Misread():
            return _taught(ctx, error.sentence)
        case NotFound():
            return await _not_found(ctx, error, line)
        case NotAllowed():
            return await (_lacks_role(ctx, error) if error.record is None else _anothers(ctx, error))
        case AlreadyDone():
            return Reply((Text(_already_done(ctx, error)),), private=True)
        case ChangedSince():
            return Reply((Text(_changed_since(ctx, error)),), private=True)
        case IllegalMove():
            return text(_illegal(ctx, error))
        case NameTaken() | InUse() | Indispensable():
            return text(_stays(ctx, error))
        case InvalidValue():
            return _taught(ctx, _invalid(ctx, error))
        case Ambiguous():
            return _taught(ctx, ctx.text("Several fit “{name}”.", name=error.text))
    return _taught(ctx, ctx.text("I could not do that."))


def ask(ctx: Context, asked: Asked) -> Reply:
    """The question, with a button for each likely answer; it is open from now on."""
    ctx.memory.question = Question(asked.invocation, asked.parameter, ctx.author.said, ctx.said_at)
    known = dict(asked.invocation.arguments)
    buttons = [
        Button(
            _cut(choice.label), Invocation(asked.invocation.command, {**known, asked.parameter: choice.value})
        )
        for choice in asked.choices
    ]
    buttons += [Button(_cut(label), invocation) for label, invocation in asked.extra]
    blocks = (Text(asked.prompt), Buttons(tuple(buttons))) if buttons else (Text(asked.prompt),)
    return Reply(blocks, replaces=ctx.request.pressed is not None)


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


async def _unknown(ctx: Context, error: UnknownVerb) -> Reply:
    if not error.line.strip():
        return await press(ctx, Invocation("help"))
    if error.line.strip().isdigit():
        return text(ctx.text("There is no button {n} here.", n=error.line.strip()[:_LONGEST_NUMBER]))
    known = await _known_record(ctx, error.line)
    first = ctx.text("I did not recognise a command.")
    if known is not None:
        first = ctx.text("I did not recognise a command, but I know {name}.", name=known.title)
    if ctx.memory.expired:
        first = ctx.text("The question has expired.") + " " + first
    language = ctx.locale.language
    shown = [verbs.shown(name, language) for name in error.nearest]
    second = ctx.text("Did you mean {first} or {second}?", first=shown[0], second=shown[1])
    buttons = [_show(ctx, known)] if known is not None else []
    rest = error.line.split(maxsplit=1)[1] if len(error.line.split(maxsplit=1)) > 1 else ""
    buttons += [
        Button(_cut(f"{verb} {rest}".strip()), Invocation("say", {"line": f"{verb} {rest}".strip()}))
        for verb in shown
    ]
    buttons.append(Button(ctx.text("Save as note"), Invocation("note", {"notes": error.line})))
    buttons.append(Button(ctx.text("Help"), Invocation("help")))
    return Reply((Text(f"{first}\n{second}"), Buttons(tuple(buttons))))


def _show(ctx: Context, record: Record) -> Button:
    label = ctx.text("Show {name}", name=record.title)
    return Button(_cut(label), Invocation("show", {"record": record.reference}))


# Words of an unknown line that are looked up, so that it can be said whom it may be about.
_MOST_LOOKED_UP = 4
_SHORTEST_NAME = 3
# Digits of a number that are said back.
_LONGEST_NUMBER = 12


async def _known_record(ctx: Context, line: str) -> Record | None:
    """The record that most of the line's words in a row name: of two Janes the one with her surname."""
    query = [search.Word(word) for word in search.words(line)]
    best: Record | None = None
    most = 0
    for first in range(min(len(query), _MOST_LOOKED_UP)):
        if len(query[first].text) < _SHORTEST_NAME:
            continue
        for model in (Company, Contact, Deal):
            rows: QuerySet[Any] = model.visible_to(ctx.member)
            found, used = await search.leading(rows, query[first:], ctx.member, vocabulary=None)
            if used > most:
                best, most = found[0], used
    return best


async def _not_found(ctx: Context, error: NotFound, line: str) -> Reply:
    has_id = error.text[1:2] == "-" and error.text[:1] in LETTERS
    if not line and (has_id or error.kind == "approval"):
        # A button's: who pressed it may never have been told of it.
        return Reply((Text(ctx.text("That is not there any more.")),), private=True)
    if error.kind == "approval":
        return text(ctx.text("No request waits for you."))
    if has_id:
        return _taught(ctx, ctx.text("There is no {id}.", id=error.text))
    buttons = list[Button]()
    if error.kind == "contact":
        sentence = ctx.text("I do not know {name}.", name=error.text)
        new = ctx.text("New contact {name}", name=error.text)
        buttons.append(Button(_cut(new), Invocation("contact_new", {"name": error.text})))
    elif error.kind == "deal":
        sentence = ctx.text("I find no deal “{name}”.", name=error.text)
        new = ctx.text("New deal {name}", name=error.text)
        buttons.append(Button(_cut(new), Invocation("deal_new", {"name": error.text})))
    elif error.kind == "stage":
        return _taught(ctx, ctx.text("There is no stage “{name}”.", name=error.text))
    elif error.kind == "invitation":
        return text(ctx.text("This link has expired or was used. Ask for a new one: {line}", line="link"))
    else:
        sentence = ctx.text("I find nothing for “{name}”.", name=error.text)
    if ctx.command not in {"note", "find", "who"} and line.strip():
        buttons.append(Button(ctx.text("Save as note"), Invocation("note", {"notes": line})))
    taught = _taught(ctx, sentence)
    return Reply((*taught.blocks, Buttons(tuple(buttons)))) if buttons else taught


def _taught(ctx: Context, sentence: str) -> Reply:
    """A refusal, and one line that works."""
    example = verbs.example(ctx.command, ctx.locale.language) if ctx.command else ""
    return text(sentence, ctx.text("For example: {line}", line=example)) if example else text(sentence)


async def _lacks_role(ctx: Context, error: NotAllowed) -> Reply:
    """Who can do it; admins by their names, since there are few."""
    if error.role != "admin":
        return text(ctx.text("Only managers can do that."))
    names = ", ".join([member.name for member in (await ctx.member.admins())[:_MOST_NAMED]])
    asked = [ctx.text("You can ask: {names}", names=names)] if names else []
    return text(ctx.text("Only admins can do that."), *asked)


# Colleagues who are named as those to ask.
_MOST_NAMED = 5


async def _anothers(ctx: Context, error: NotAllowed) -> Reply:
    """A record of somebody else's: its owner can be asked."""
    owner = await Member.get_or_none(id=await error.record.owner_of())
    sentence = ctx.text(
        "{id} belongs to {name}.", id=error.record.reference, name=owner.name if owner else "?"
    )
    if owner is None or not owner.active or ctx.command not in REGISTER:
        return text(sentence)
    wanted = {
        "command": ctx.command,
        "arguments": binding.dump(REGISTER[ctx.command], ctx.bound),
        "line": ctx.line,
    }
    known = {"record": error.record.reference, "wanted": wanted}
    buttons = (
        Button(ctx.text("Ask {name}", name=owner.name), Invocation("request", known), "primary"),
        Button(ctx.text("Cancel"), Invocation("cancel")),
    )
    return Reply((Text(sentence), Buttons(buttons)), replaces=ctx.request.pressed is not None)


def _already_done(ctx: Context, error: AlreadyDone) -> str:
    if error.what == "undo":
        return ctx.text("Already undone.") if error.at else ctx.text("There is nothing to undo.")
    if error.what == "link":
        return ctx.text("This account is linked already.")
    if error.by and error.at:
        return ctx.text("Already done by {name}, {time}.", name=error.by, time=ctx.instant(error.at))
    return ctx.text("Already done.")


def _changed_since(ctx: Context, error: ChangedSince) -> str:
    reference = error.record.reference
    if not error.by:
        return ctx.text("{id} is in use by now. Undo what came after it first.", id=reference)
    if not isinstance(error.record, Record):
        return ctx.text(
            "{id} was changed since by {name}. See: workspace history", id=reference, name=error.by
        )
    return ctx.text("{id} was changed since by {name}. See: history {id}", id=reference, name=error.by)


def _stays(ctx: Context, error: NameTaken | InUse | Indispensable) -> str:
    """Why what an admin set up stays as it is."""
    match error:
        case NameTaken():
            return ctx.text("There is one called “{name}” already.", name=error.name)
        case InUse():
            return _in_use(ctx, error)
    return _indispensable(ctx, error)


def _in_use(ctx: Context, error: InUse) -> str:
    match error.by:
        case "deal":
            return ctx.locale.plural(
                "{n} deal stands in {name}: move it first.",
                "{n} deals stand in {name}: move them first.",
                error.n,
                name=_set_up(ctx, error.record),
            )
        case "member":
            return ctx.locale.plural(
                "{n} member is in {name}: put them elsewhere first.",
                "{n} members are in {name}: put them elsewhere first.",
                error.n,
                name=_set_up(ctx, error.record),
            )
    return ctx.locale.plural(
        "{n} stage requires {name}: “unrequire” it first.",
        "{n} stages require {name}: “unrequire” it first.",
        error.n,
        name=_set_up(ctx, error.record),
    )


def _indispensable(ctx: Context, error: Indispensable) -> str:
    name = _set_up(ctx, error.record)
    match error.sort:
        case "admin":
            return ctx.text(
                "{name} is the only admin. Make somebody else one first: role @colleague admin", name=name
            )
        case "default":
            return ctx.text("New deals enter {name}. Choose another first: pipeline default NAME", name=name)
    return ctx.text(
        "{name} is the last of its kind: a pipeline has a stage to begin, one for won, one for lost.",
        name=name,
    )


def _set_up(ctx: Context, row: Kept) -> str:
    """What an admin set up, by its name for this member."""
    return stage_name(ctx, row) if isinstance(row, Stage) else row.title


def _illegal(ctx: Context, error: IllegalMove) -> str:
    match error.reason:
        case "stage_order":
            return ctx.text("Open stages come before those that close a deal.")
        case "same_stage":
            return ctx.text("{deal} is in that stage already.", deal=error.record.reference)
        case "incomplete":
            return ctx.text("{deal} lacks what that stage requires.", deal=error.record.reference)
    return ctx.text("That stage belongs to another pipeline.")


def _invalid(ctx: Context, error: InvalidValue) -> str:
    match error.reason:
        case "too_large":
            return ctx.text("That amount is too large.")
        case "too_fine":
            return ctx.text("That amount has too many decimals.")
    return ctx.text("That is not a value I can keep.")
