"""The permission matrix: nobody is shown, and nobody changes, what they may not.

Its cases come from the register (:mod:`tests.acceptance.matrix`), what is right from the house's rules
(:mod:`tests.acceptance.sight`), and what betrays a record from the secrets in its columns
(:mod:`tests.acceptance.planted`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

import pytest

from handlers.chat.arguments import Argument, Hidden
from handlers.chat.command import REGISTER, Command
from handlers.chat.context import Context
from handlers.chat.language import languages
from handlers.chat.reply import Block, Buttons, Invocation, Reply, Text
from models.activity import Activity
from models.workspace import Visibility
from tests.acceptance import matrix
from tests.acceptance.gathering import ROOM, Gathering, gathering
from tests.acceptance.matrix import Case
from tests.acceptance.planted import (
    COMMON,
    PLANTED,
    TELLING,
    Planted,
    concealed,
    may_change,
    secrets_in,
    visible,
)
from tests.acceptance.rooms import Shown
from tests.acceptance.sight import CAST, Person
from tests.effort import SOAK

# Hidden records met in each place of each command by each person under each rule: all of them in a soak.
EACH = len(PLANTED) if SOAK else 1
# Who types under which rule: of the forms in which a record can be named each has another turn.
TURNS = [(visibility, name) for visibility in Visibility for name in CAST]
# What is held to.
PROMISED = 5_000
# What is said of a button's record that is not, or not for who pressed.
GONE = "That is not there any more.\n\n"
# Divides the answers of one message; no other answer begins so.
DIVIDER = "about"
_MOST_LINES = 20
_AT_ONCE = 12


def typed(speaker: Person, visibility: Visibility) -> list[Case]:
    """All that one person types under one rule; in every form in a soak."""
    slots = matrix.typed_slots()
    if not SOAK:
        slots = matrix.by_turns(slots, TURNS.index((visibility, speaker.name)))
    return list(matrix.cases(visibility, speaker, slots, EACH))


def pressed(speaker: Person, visibility: Visibility) -> list[Case]:
    """All that one person presses under one rule; but in a soak every third thing, by turns."""
    slots = matrix.pressed_slots()
    if not SOAK:
        slots = slots[TURNS.index((visibility, speaker.name)) % 3 :: 3]
    return list(matrix.cases(visibility, speaker, slots, EACH))


def tried_on(database_url: str, made: Sequence[Case]) -> Sequence[Case]:
    """All of them on SQLite; on PostgreSQL, which answers more slowly, but in a soak every second one."""
    return made if SOAK or database_url.startswith("sqlite") else made[::2]


def cases(made: Callable[[Person, Visibility], list[Case]]) -> list[Case]:
    """All of one sort on each database."""
    return [
        case
        for visibility in Visibility
        for person in (*matrix.SPEAKERS[visibility], *matrix.OUTSIDERS)
        for case in made(person, visibility)
    ]


def test_the_matrix_has_what_was_promised(record_property: Callable[[str, object], None]) -> None:
    """There are thousands of cases, in which every record is met by somebody who may not see it."""
    lines, presses = cases(typed), cases(pressed)
    met = lines + presses
    tried = [len(tried_on(database, met)) for database in ("sqlite", "postgres")]
    figure = (
        f"{len(lines)} lines and {len(presses)} presses, {tried[0]} on SQLite and {tried[1]} on PostgreSQL"
    )
    record_property("figure", f"{figure}: 0 leaks")
    assert sum(tried) >= PROMISED
    assert {case.target for case in met if not case.shown} == set(PLANTED)
    named = {case.slot.command.name for case in met}
    assert named | matrix.NAMELESS == {command.name for command in REGISTER.values() if command.parameters}
    assert not named & matrix.NAMELESS


# -- what is typed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.threat("S7")
async def test_whatever_is_typed_shows_and_changes_only_what_its_speaker_may(
    database_url: str, visibility: Visibility
) -> None:
    """Naming a hidden record in any command is answered as if there were none, and changes nothing."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        for speaker in matrix.SPEAKERS[visibility]:
            await _type_all(present, speaker, visibility, tried_on(database_url, typed(speaker, visibility)))
        assert await present.failures() == []


async def _type_all(
    present: Gathering, speaker: Person, visibility: Visibility, cases: Sequence[Case]
) -> None:
    before = await present.rows()
    theirs, concealed_ones = may_change(speaker, visibility), concealed(speaker, visibility)
    for shown in (True, False):
        for batch in _messages(case for case in cases if case.shown is shown):
            answers, written = await _answers(present, speaker, [case.line for case in batch], batch)
            theirs |= {key for case in batch for key in case.carried}
            for case, answer, wrote in zip(batch, answers, written, strict=True):
                _require_silence(present, case, answer, concealed_ones)
                assert case.written in (None, wrote), f"{case}\nwritten: {wrote}\n{answer}"
                assert wrote or not case.found or _tells(present, case, answer), (
                    f"{case}\nnot found:\n{answer}"
                )
            if not shown:
                nothing, _ = await _answers(present, speaker, [case.about_nothing for case in batch], batch)
                _require_alike(batch, answers, nothing)
            assert await present.changed(before) <= theirs, [str(case) for case in batch]
            assert not await present.hung_on(before) & concealed_ones, [str(case) for case in batch]
            await _forget_words(present, batch)


async def _forget_words(present: Gathering, batch: Sequence[Case]) -> None:
    """What its speaker may not tell, but told, is no secret in a history."""
    converted = {case.target.key for case in batch if case.slot.command.name == "convert"}
    await present.forget_words([case.naming for case in batch if case.slot.is_text], converted)


def _require_silence(present: Gathering, case: Case, answer: str, concealed_ones: set[str]) -> None:
    """Nothing of what is concealed from the speaker, but what they typed themselves."""
    leaked = [
        secret for secret in secrets_in(answer, present.sown, typed=case.said) if secret[0] in concealed_ones
    ]
    assert not leaked, f"{case}\n{leaked}\n{answer}"


def _tells(present: Gathering, case: Case, answer: str) -> bool:
    """Whether an answer is about the record: it says more of it than was typed, or whose it is."""
    told = {key for key, _ in secrets_in(answer, present.sown, typed=case.said)}
    return bool(told & {case.target.key, case.target.owned.owner})


def _require_alike(batch: Sequence[Case], answers: Sequence[str], nothing: Sequence[str]) -> None:
    """What is hidden is answered as what does not exist."""
    for case, answer, none in zip(batch, answers, nothing, strict=True):
        absent = matrix.absent(case.target, case.slot.form)
        assert plain(answer, case.naming) == plain(none, absent), f"{case}\n{answer}\nof nothing:\n{none}"


def _messages(waiting: Iterable[Case]) -> Iterator[list[Case]]:
    """As many cases at a time as fit into one message."""
    left = list(waiting)
    while left:
        lines, batch = 0, list[Case]()
        while left and lines + len(_lines(left[0], "")) <= _MOST_LINES:
            lines += len(_lines(left[0], ""))
            batch.append(left.pop(0))
        yield batch


def _lines(case: Case, line: str) -> list[str]:
    """A line and what follows it: what it may write is taken back."""
    return [line, "undo", DIVIDER] if _may_write(case) else [line, DIVIDER]


def _may_write(case: Case) -> bool:
    return not case.slot.command.reads and case.written is not False


async def _answers(
    present: Gathering, speaker: Person, lines: Sequence[str], batch: Sequence[Case]
) -> tuple[list[str], list[bool]]:
    """The answer to each line, and whether it wrote something."""
    await present.forget()
    message = [part for case, line in zip(batch, lines, strict=True) for part in _lines(case, line)]
    arrival = present.rooms.typed(speaker.account, "\n".join(message))
    (shown,) = await present.hear(arrival)
    wrote, numbers, number = await present.written_by(arrival), list[int](), 0
    for case in batch:
        numbers.append(number)
        number += len(_lines(case, ""))
    return list(_divided(shown)), [number in wrote for number in numbers]


def _divided(shown: Shown) -> Iterator[str]:
    blocks = list[Block]()
    for block in shown.reply.blocks:
        if isinstance(block, Text) and block.text.startswith("Parley "):
            yield Shown(shown.address, Reply(tuple(blocks)), shown.language).text
            blocks = list[Block]()
        else:
            blocks.append(block)


_NEW = re.compile(r"\b([A-Z])-[5-8]\d{3}\b")
# An invitation's, made of chance.
_CODE = re.compile(r"(link|/start) [\w-]{22}")


def plain(answer: str, naming: str) -> str:
    """An answer without the words that named the record, and without the numbers of new records."""
    answer = _NEW.sub(r"\1-‹new›", _CODE.sub(r"\1 ‹code›", answer.replace(naming, "‹it›")))
    for i, word in enumerate(re.findall(r"\w{3,}", naming)):
        answer = re.sub(rf"(?i)\b{word}\b", f"‹{i}›", answer)
    return re.sub(r"\w*…", "…", answer)


@pytest.mark.parametrize("visibility", [Visibility.TEAM, Visibility.OWN])
async def test_what_a_record_leads_to_is_hidden_too(database_url: str, visibility: Visibility) -> None:
    """The card and the history of every record name no company, deal, person or touch that is hidden."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        for speaker in matrix.SPEAKERS[visibility]:
            seen, concealed_ones = set(visible(speaker, visibility)), concealed(speaker, visibility)
            for planted, answer in await _looked_at(present, speaker):
                told = {key for key, _ in secrets_in(answer, present.sown, typed=planted.reference)}
                assert not told & concealed_ones, f"{speaker.name}: {planted.key}\n{answer}"
                assert (planted.key in told) == (planted in seen), f"{speaker.name}: {planted.key}\n{answer}"


async def _looked_at(present: Gathering, speaker: Person) -> list[tuple[Planted, str]]:
    """Every record's card, and the history of what has one."""
    asked = [(planted, f"find {planted.reference}") for planted in PLANTED]
    asked += [(planted, f"history {planted.reference}") for planted in PLANTED if not planted.owned.hangs]
    answers = list[tuple[Planted, str]]()
    for i in range(0, len(asked), _MOST_LINES // 2):
        batch = asked[i : i + _MOST_LINES // 2]
        (shown,) = await present.says(speaker.name, "\n".join(f"{line}\n{DIVIDER}" for _, line in batch))
        answers += zip((planted for planted, _ in batch), _divided(shown), strict=True)
    return answers


# -- what is pressed -------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.threat("S7")
async def test_whatever_is_pressed_shows_and_changes_only_what_its_presser_may(
    database_url: str, visibility: Visibility
) -> None:
    """A colleague's button about a hidden record, pressed in a shared room, is as one about nothing."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        for speaker in matrix.SPEAKERS[visibility]:
            await _press_all(
                present, speaker, visibility, tried_on(database_url, pressed(speaker, visibility))
            )
        assert await present.failures() == []


async def _press_all(
    present: Gathering, speaker: Person, visibility: Visibility, cases: Sequence[Case]
) -> None:
    before = await present.rows()
    theirs, concealed_ones = may_change(speaker, visibility), concealed(speaker, visibility)
    for shown in (True, False):
        for batch in _some_at_once(case for case in cases if case.shown is shown):
            answers = await _pressed(present, speaker, batch, [case.button for case in batch])
            theirs |= {key for case in batch for key in case.carried}
            for case, answer in zip(batch, answers, strict=True):
                _require_silence(present, case, answer, concealed_ones)
                assert not case.found or _tells(present, case, answer), f"{case}\nnot found:\n{answer}"
            if not shown:
                buttons = [case.button_about_nothing for case in batch]
                _require_alike(batch, answers, await _pressed(present, speaker, batch, buttons))
            assert await present.changed(before) <= theirs, [str(case) for case in batch]
            assert not await present.hung_on(before) & concealed_ones, [str(case) for case in batch]
            await _forget_words(present, batch)


def _some_at_once(cases: Iterable[Case]) -> Iterator[list[Case]]:
    left = list(cases)
    while left:
        yield left[:_AT_ONCE]
        del left[:_AT_ONCE]


async def _pressed(
    present: Gathering, speaker: Person, batch: Sequence[Case], buttons: Iterable[Invocation]
) -> list[str]:
    """The answer to each press in the room; what it wrote is taken back."""
    await present.forget()
    answers = list[str]()
    offered = await present.offers("cid", buttons, address=ROOM)
    for case, (token, under) in zip(batch, offered, strict=True):
        said = [present.rooms.press(speaker.account, token, address=ROOM, under=under)]
        if _may_write(case):
            said.append(present.rooms.typed(speaker.account, "undo", address=ROOM))
        answers.append("".join(shown.text for shown in await present.hear(*said)))
    return answers


async def test_a_button_of_another_workspace_is_none(database_url: str) -> None:
    """Whoever it was made for: what another workspace's button names here is not looked up."""
    async with gathering(database_url) as present:
        before = await present.rows()
        offered = [Invocation("show", {"record": planted.reference}) for planted in PLANTED[:8]]
        for token, under in await present.offers("fay", offered, address=ROOM):
            (shown,) = await present.presses("ada", token, address=ROOM, under=under)
            assert "outdated" in shown.text
        assert await present.changed(before) == set()


# -- who is no member ------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility)
async def test_who_is_no_member_is_told_how_to_become_one_and_nothing_else(
    database_url: str, visibility: Visibility
) -> None:
    """A stranger and a former colleague are told so once a day in a chat, whatever they type or press."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        before = await present.rows()
        for person in matrix.OUTSIDERS:
            (greeting,) = await present.says(person.name, "hello")
            assert "I do not know you yet." in greeting.text
            lines = [case for case in typed(person, visibility) if case.slot.command.name != "link"]
            said = [present.rooms.typed(person.account, case.line) for case in lines]
            presses = [case for case in pressed(person, visibility) if case.slot.command.name != "link"]
            offered = await present.offers("cid", (case.button for case in presses), address=ROOM)
            said += [
                present.rooms.press(person.account, token, address=ROOM, under=under)
                for token, under in offered
            ]
            in_the_room = await present.hear(*said)
            assert [answer.text for answer in in_the_room] == [greeting.text]
        after = await present.rows()
        assert (after.columns, after.highest) == (before.columns, before.highest)
        assert await present.failures() == []


# -- what is offered, listed and counted -----------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility)
async def test_what_is_offered_and_counted_is_what_may_be_seen(
    database_url: str, visibility: Visibility
) -> None:
    """A verb alone, and a word that everything has, offer only what is visible, and count just that."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        for speaker in matrix.SPEAKERS[visibility]:
            concealed_ones = concealed(speaker, visibility)
            lines = [*_bare(), *(f"{verb} {COMMON}" for verb in _bare())]
            for i in range(0, len(lines), _MOST_LINES // 2):
                told = "\n".join(f"{line}\nundo" for line in lines[i : i + _MOST_LINES // 2])
                for shown in await present.says(speaker.name, told):
                    leaked = {key for key, _ in secrets_in(shown.text, present.sown)} & concealed_ones
                    assert not leaked, f"{speaker.name}: {told}\n{leaked}\n{shown.text}"
            (shown,) = await present.says(speaker.name, f"find {COMMON}")
            assert _counted(shown) == _findable(speaker, visibility), shown.text
        assert await present.failures() == []


@pytest.mark.parametrize("name", ["ann", "mia", "lou"])
async def test_a_line_without_a_command_recognises_only_what_may_be_seen(
    database_url: str, name: str
) -> None:
    """The beginning of a name with no verb before it: what is hidden is not known, what is seen is."""
    named = [planted for planted in PLANTED if planted.kind in ("company", "contact", "deal")]
    async with gathering(database_url) as present:
        await present.rule(Visibility.OWN)
        seen = visible(CAST[name], Visibility.OWN)
        said = [present.rooms.typed(CAST[name].account, planted.title[:TELLING]) for planted in named]
        for planted, answer in zip(named, await present.hear(*said), strict=True):
            assert (planted.title in answer.text) == (planted in seen), answer.text
            whole = answer.text.replace(planted.title, "")
            assert not secrets_in(whole, present.sown, typed=planted.title)


def _bare() -> list[str]:
    """One verb of every command, the languages by turns."""
    spoken = languages()
    commands = [name for name in REGISTER if any(name in language.verbs for language in spoken)]
    return [spoken[i % len(spoken)].verbs[name][0] for i, name in enumerate(commands)]


def _counted(shown: Shown) -> int:
    """How many records a list says there are: those it shows and those it only counts."""
    listed = set(re.findall(r"(?m)^ *\d+ +([A-Z]-\d+)", shown.text))
    more = re.search(r"…\D*(\d+)", shown.text)
    return len(listed) + (int(more[1]) if more else 0)


def _findable(speaker: Person, visibility: Visibility) -> int:
    found = [planted for planted in visible(speaker, visibility) if not planted.owned.hangs]
    return len(found)


# -- in the middle of a conversation ---------------------------------------------------------------


async def test_a_question_is_answered_by_who_was_asked(database_url: str) -> None:
    """Another's answer in the same room is no answer; their press of its button finds no such deal."""
    deal = one("deal of ann")
    async with gathering(database_url) as present:
        await present.rule(Visibility.OWN)
        before = await present.rows()
        (asked,) = await present.says("ann", f"move {deal.reference}", address=ROOM)
        for line in ("negotiation", "1", "> negotiation"):
            for answer in await present.says("lou", line, address=ROOM):
                assert not secrets_in(answer.text, present.sown, typed=asked.text)
        (refused,) = await present.presses("lou", asked.token("Negotiation"), address=ROOM, under=asked.ref)
        assert refused.text == GONE
        assert await present.changed(before) == set()
        (moved,) = await present.presses("ann", asked.token("Negotiation"), address=ROOM, under=asked.ref)
        assert "Proposal → Negotiation" in moved.text
        assert await present.changed(before) == {deal.key}


async def test_who_sees_a_deal_and_does_not_decide_over_it_cannot_move_it(database_url: str) -> None:
    """They are told whose it is; the owner's button stays as good as it was for who leads the owner."""
    deal = one("deal of ann")
    async with gathering(database_url) as present:
        before = await present.rows()
        (asked,) = await present.says("ann", f"move {deal.reference}", address=ROOM)
        (refused,) = await present.presses("ben", asked.token("Negotiation"), address=ROOM, under=asked.ref)
        assert f"{deal.reference} belongs to {present.members['ann'].name}" in refused.text
        assert await present.changed(before) == set()
        (card,) = await present.presses("mia", asked.token("Negotiation"), address=ROOM, under=asked.ref)
        assert await present.changed(before) == set()
        await present.presses("mia", card.token("Confirmer"), address=ROOM, under=card.ref)
        assert await present.changed(before) == {deal.key}


async def test_what_was_shown_before_is_looked_up_again(database_url: str) -> None:
    """A line of a list, the last shown record and an older button reach nothing that is hidden by now."""
    contact, reminder = one("contact of cid"), one("reminder of ann on a contact of cid")
    async with gathering(database_url) as present:
        (listed,) = await present.says("ann", "today")
        number = _line_of(listed, present, reminder)
        (card,) = await present.says("ann", f"find {contact.reference}")
        await present.says("ann", f"find {reminder.reference}")
        await present.rule(Visibility.OWN)
        before = await present.rows()
        concealed_ones = concealed(CAST["ann"], Visibility.OWN)
        lines = ("done", f"done {number}", f"snooze {number} 2h", "snooze 2h", "call", "history", "note: x")
        answers = [shown for line in lines for shown in await present.says("ann", line)]
        for label in ("Log a call", "Remind me", "History"):
            answers += await present.presses("ann", card.token(label), under=card.ref)
        for answer in answers:
            typed_before = f"{contact.reference} {reminder.reference}"
            told = {key for key, _ in secrets_in(answer.text, present.sown, typed=typed_before)}
            assert not told & concealed_ones, answer.text
        assert await present.changed(before) == set()
        await present.rule(Visibility.EVERYONE)
        await present.says("ann", "today")
        await present.says("ann", f"done {number}")
        assert await present.changed(before) == {reminder.key}


async def test_a_list_is_one_person_s_own(database_url: str) -> None:
    """Line 1 of what somebody else was shown in the same room is nobody else's line 1."""
    async with gathering(database_url) as present:
        await present.says("ann", "today", address=ROOM)
        before = await present.rows()
        for line in ("done 1", "snooze 1 2h"):
            (answer,) = await present.says("ada", line, address=ROOM)
            assert "no line 1 in the last list" in answer.text
        assert await present.changed(before) == set()


@pytest.mark.parametrize("label", ["Undo", "Edit"])
async def test_what_another_wrote_is_taken_back_by_who_may(database_url: str, label: str) -> None:
    """The receipt of a note serves its writer and their manager; for who sees no note it wrote nothing."""
    contact = one("contact of cid")
    async with gathering(database_url) as present:
        await present.rule(Visibility.OWN)
        (receipt,) = await present.says("cid", f"note {contact.reference}: secretly", address=ROOM)
        note = await Activity.get(notes="secretly")
        for name in ("lou", "ann", "mia", "dan"):
            await present.says(name, "undo", address=ROOM)
            for button in (label, "Open"):
                shown = await present.presses(name, receipt.token(button), address=ROOM, under=receipt.ref)
                if button == "Edit" and not shown[0].only_to:
                    shown = await present.says(name, f"find {contact.reference}", address=ROOM)
                concealed_ones = concealed(CAST[name], Visibility.OWN)
                for answer in shown:
                    told = secrets_in(answer.text, present.sown, typed=contact.reference)
                    assert not {key for key, _ in told} & concealed_ones, answer.text
                    assert note.reference not in answer.text
            assert (await Activity.get(id=note.id)).deleted_at is None
        await present.presses("max", receipt.token(label), address=ROOM, under=receipt.ref)
        if label == "Edit":
            await present.says("max", f"note {contact.reference}: openly", address=ROOM)
        assert (await Activity.get(id=note.id)).deleted_at is not None


async def test_an_undo_of_what_is_hidden_is_as_one_of_nothing(database_url: str) -> None:
    """Whether it was undone, changed since, or never written: who may not see the record is told the same."""
    deal = one("deal of cid")
    async with gathering(database_url) as present:
        await present.rule(Visibility.OWN)
        (moved,) = await present.says("cid", f"move {deal.reference} > negotiation", address=ROOM)
        (again,) = await present.says("cid", f"move {deal.reference} > qualified", address=ROOM)
        answers = [await present.presses("lou", moved.token("Undo"), address=ROOM)]
        await present.says("cid", "undo", address=ROOM)
        answers.append(await present.presses("lou", again.token("Undo"), address=ROOM))
        assert {shown.text for (shown,) in answers} == {"There is nothing to undo.\n\n"}


async def test_what_was_taken_back_is_there_for_nobody(database_url: str) -> None:
    """A contact and its new company that were undone are found by no name, id or address, by nobody."""
    async with gathering(database_url) as present:
        (receipt,) = await present.says("ann", "contact new Xerxes Quillon xq@quillon.example @ Zyzzyva")
        await present.says("ann", "undo")
        (reference,) = re.findall(r"C-\d+", receipt.text)
        for name in ("ann", "mia", "ada"):
            for line in (
                f"find {reference}",
                "find xerxes",
                "who zyzzyva",
                "call xq@quillon.example",
                "xerxes",
                f"restore {reference}",
                "restore quillon",
                "restore zyzzyva",
            ):
                (answer,) = await present.says(name, line)
                left = answer.text.casefold().replace(line.partition(" ")[2], "")
                assert not re.search("xerxes|quillon|zyzzyva", left), answer.text
            (card,) = await present.presses(name, receipt.token("Open"), under=receipt.ref)
            assert "Xerxes" not in card.text


# -- what nobody asked for -------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", Visibility)
async def test_a_reminder_is_pushed_to_who_may_still_see_it(
    database_url: str, visibility: Visibility
) -> None:
    """Each due reminder comes to its active member if they see all it is about; it tells nothing else."""
    async with gathering(database_url) as present:
        await present.rule(visibility)
        await present.app.tick()
        await present.app.settle()
        pushed = present.rooms.taken()
        told = set[str]()
        for shown in pushed:
            (person,) = (each for each in CAST.values() if each.account.address == shown.address)
            keys = {key for key, _ in secrets_in(shown.text, present.sown)}
            assert not keys & concealed(person, visibility), f"{person.name}\n{shown.text}"
            told |= {key for key in keys if key.startswith("reminder")}
        assert told == {
            planted.key
            for planted in PLANTED
            if planted.kind == "reminder"
            and planted in visible(CAST[planted.owned.owner or "ada"], visibility)
        }
        assert len(pushed) == len(told)


async def test_a_push_s_buttons_serve_its_reader_while_they_may_see_it(database_url: str) -> None:
    """From another chat they are outdated; for its own reader they find nothing once the record is hidden."""
    reminder = one("reminder of ann on a contact of cid")
    async with gathering(database_url) as present:
        await present.app.tick()
        await present.app.settle()
        pushed = present.rooms.taken()
        (push,) = (
            shown
            for shown in pushed
            if reminder.key
            in {key for key, column in secrets_in(shown.text, present.sown) if column == "text"}
        )
        before = await present.rows()
        for name in ("cid", "mia", "ada", "dee", "zed"):
            for label in ("Done", "Snooze", "Open"):
                for refused in await present.presses(name, push.token(label), under=push.ref):
                    assert not secrets_in(refused.text, present.sown), refused.text
        await present.rule(Visibility.OWN)
        for label in ("Done", "Snooze", "Open"):
            (refused,) = await present.presses("ann", push.token(label), under=push.ref)
            assert refused.text == GONE
        assert await present.changed(before) == set()
        await present.rule(Visibility.EVERYONE)
        await present.presses("ann", push.token("Done"), under=push.ref)
        assert await present.changed(before) == {reminder.key}


async def test_a_message_sent_before_is_not_renewed_for_who_may_not_see_it_any_more(
    database_url: str,
) -> None:
    """When somebody finishes a reminder, its push is edited for its reader, unless it is hidden from them."""
    hidden_by_then, seen = one("reminder of ann on a contact of cid"), one("reminder on all of ann")
    async with gathering(database_url) as present:
        await present.app.tick()
        await present.app.settle()
        present.rooms.taken()
        await present.rule(Visibility.OWN)
        await present.says("ada", f"done {seen.reference}")
        shown = await present.says("ada", f"done {hidden_by_then.reference}")
        assert [each.address for each in shown] == [CAST["ada"].account.address]
        shown = await present.says("ada", "undo")
        assert [each.address for each in shown] == [CAST["ada"].account.address]


# -- what the matrix does not know -----------------------------------------------------------------


class _Mood(Argument[str]):
    """A kind of argument that came later."""


async def _cheer(ctx: Context, mood: Annotated[str, _Mood()]) -> Reply:
    return Reply((Buttons(()),))


async def _murmur(ctx: Context, secret: Hidden) -> Reply:
    return Reply((Buttons(()),))


@pytest.mark.parametrize(
    ("handler", "missing"), [(_cheer, "_Mood.*STAND_INS"), (_murmur, "hidden.*HIDDEN_NAMING")]
)
def test_a_new_kind_of_argument_has_to_be_made_known(handler: Any, missing: str) -> None:
    """A command that the matrix cannot make cases of fails it, and the message says what to add."""
    command = Command("newcomer", handler, "A new command")
    with pytest.raises(matrix.UnknownKind, match=missing):
        matrix.stand_in(command, command.parameters[0])


def _line_of(listed: Shown, present: Gathering, planted: Planted) -> int:
    """In which line of a list a record stands."""
    for number, line in re.findall(r"(?m)^ *(\d+) +(.*)$", listed.text):
        if planted.key in {key for key, _ in secrets_in(line, present.sown)}:
            return int(number)
    raise AssertionError(listed.text)


def one(key: str) -> Planted:
    """The planted record of that name."""
    return next(planted for planted in PLANTED if planted.key == key)
