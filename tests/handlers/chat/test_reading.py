"""Reading a line: which spans it has, what stays words, and that nothing typed is lost or breaks it."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from handlers.chat import verbs
from handlers.chat.language import languages
from handlers.chat.reading import (
    LONGEST_READ,
    Amount,
    Kind,
    Reading,
    Speaker,
    amounts,
    flat,
    normalise,
    read,
    tidy,
)
from tests.effort import tries

PARIS = Speaker(
    said_at=datetime(2026, 10, 14, 13, 30, tzinfo=UTC),
    zone="Europe/Paris",
    day_first=True,
    decimal=",",
    country="FR",
    working_days=frozenset(range(5)),
)
NEW_YORK = replace(PARIS, zone="America/New_York", day_first=False, decimal=".", country="US")
ALL = frozenset(Kind)


def spans(text: str, kind: Kind, speaker: Speaker = PARIS, *, log: bool = False) -> list[tuple[str, Any]]:
    """The words and the value of each span of a kind, when everything is read."""
    reading = read(text, ALL, speaker, log=log)
    return [(text[span.start : span.end], span.value) for span in reading.spans if span.kind is kind]


def values(text: str, kind: Kind, speaker: Speaker = PARIS) -> list[Any]:
    return [value for _, value in spans(text, kind, speaker)]


# -- what a span is


def test_quotes_of_every_sort_keep_their_words_as_typed() -> None:
    """Straight, typographic and French quotes; the spaces inside French ones are not meant."""
    assert values('note "won 5k tomorrow"', Kind.QUOTED) == ["won 5k tomorrow"]
    assert values(normalise("note “won 5k”"), Kind.QUOTED) == ["won 5k"]
    assert values("note « gagné 5 k€ »", Kind.QUOTED) == ["gagné 5 k€"]


@pytest.mark.parametrize(
    "inside",
    ["D-142", "ann@acme.example", "+33 6 12 34 56 78", "5k€", "> won", "tomorrow 10am", "#acme", "@sam"],
)
def test_what_is_quoted_is_nothing_else(inside: str) -> None:
    """No id, amount, stage or date is read inside quotes."""
    reading = read(f'x "{inside}"', ALL, PARIS)
    assert {span.kind for span in reading.spans} == {Kind.QUOTED}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("#D-142 legal", ["D-142"]),
        ("c-12 and R-5", ["C-12", "R-5"]),
        ("(O-3)", ["O-3"]),
        ("X-12 D-1a DD-12 D-", []),
    ],
)
def test_ids_have_one_of_six_letters(text: str, ids: list[str]) -> None:
    """In any case, with or without the sign, and never inside a word."""
    assert values(text, Kind.ID) == ids


def test_addresses_phones_slugs_and_mentions_are_told_apart() -> None:
    """An address holds no mention, a phone is read by the workspace's country as E.164."""
    text = "Ann.Lee@Acme.example, 06 39 98 01 12, #acme-renewal, @sam"
    assert values(text, Kind.EMAIL) == ["ann.lee@acme.example"]
    assert values(text, Kind.PHONE) == ["+33639980112"]
    assert values(text, Kind.SLUG) == ["acme renewal"]
    assert values(text, Kind.MENTION) == ["sam"]


def test_a_phone_follows_the_country() -> None:
    """The same digits are a number in one country and nothing in another; with a plus they need none."""
    assert values("617 555 0142", Kind.PHONE, NEW_YORK) == ["+16175550142"]
    assert values("617 555 0142", Kind.PHONE, PARIS) == []
    assert values("+1 617 555 0142", Kind.PHONE, PARIS) == ["+16175550142"]


@pytest.mark.parametrize(
    ("text", "number", "currency"),
    [
        ("$12k", "12000", "USD"),
        ("12 k€", "12000", "EUR"),
        ("5 000 €", "5000", "EUR"),
        ("1,5 M€", "1500000.0", "EUR"),
        ("USD 12.500", "12500", "USD"),
        ("14,5k", "14500.0", None),
        ("£1,234,567.89", "1234567.89", "GBP"),
        ("3 500 eur", "3500", "EUR"),
    ],
)
def test_an_amount_has_a_currency_or_a_k(text: str, number: str, currency: str | None) -> None:
    """Signs and codes before or behind, groups by space, point, comma or apostrophe."""
    assert values(text, Kind.MONEY) == [Amount(Decimal(number), currency)]


def test_a_sign_between_two_numbers_belongs_to_the_nearer_one() -> None:
    """The date before an amount is no amount, and two amounts keep their own signs."""
    assert spans("close Nov 30 $12k", Kind.MONEY) == [("$12k", Amount(Decimal(12_000), "USD"))]
    assert [value.currency for value in values("$12k €15k, 5k€ 6k£", Kind.MONEY)] == [
        "USD",
        "EUR",
        "EUR",
        "GBP",
    ]


def test_the_sign_before_three_digits_is_read_by_the_speaker_s_habit() -> None:
    """1.500 is fifteen hundred in French and one and a half in English; 1,500 the other way round."""
    assert values("1.500 €", Kind.MONEY, PARIS)[0].number == 1500
    assert values("1,500 €", Kind.MONEY, PARIS)[0].number == Decimal("1.5")
    assert values("1.500 €", Kind.MONEY, NEW_YORK)[0].number == Decimal("1.5")
    assert values("1,500 €", Kind.MONEY, NEW_YORK)[0].number == 1500


@pytest.mark.parametrize("text", ["50 seats", "D-142", "v1.10", "1900", "10am", "2026-10-14", "06 12", "-5"])
def test_a_bare_number_is_no_amount(text: str) -> None:
    """Seats, ids, versions and hours stay what they are."""
    assert values(text, Kind.MONEY) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme > negotiation", "negotiation"),
        ("acme -> closed won 15k", "closed won"),
        ("acme → négociation, yes", "négociation"),
        ("acme >", ""),
    ],
)
def test_a_stage_is_what_follows_the_arrow(text: str, name: str) -> None:
    """Up to an amount or a separator; the words are matched later."""
    assert values(text, Kind.STAGE) == [name]


@pytest.mark.parametrize("text", ["a >= b", "a => b", "a >> b", "a <-> b"])
def test_other_signs_are_no_arrow(text: str) -> None:
    """Comparisons and double arrows name no stage."""
    assert values(text, Kind.STAGE) == []


@pytest.mark.parametrize(
    ("text", "words", "day"),
    [
        ("Jane 20m: wants 50 seats, next demo Thu 10am", "demo", 15),
        ("Jane : veut 50 licences, relance jeudi 10h", "", 15),
        ("left voicemail; follow up fri 10am", "", 16),
        ("ok – puis envoyer le devis demain", "envoyer le devis", 15),
    ],
)
def test_a_follow_up_is_a_clause_with_a_time(text: str, words: str, day: int) -> None:
    """It takes its words and its time out of the note."""
    [(_, (said, found))] = spans(text, Kind.FOLLOW)
    assert (said, found.when.wall.day) == (words, day)


@pytest.mark.parametrize("text", ["relance jeudi 10h", "wants the next version", "ok, next steps unclear"])
def test_without_a_separator_or_a_time_it_is_no_follow_up(text: str) -> None:
    """The word at the beginning is a verb, the word without a time is just a word."""
    assert spans(text, Kind.FOLLOW) == []


def test_a_follow_up_ends_with_its_clause() -> None:
    """What stands after a semicolon or on the next line is the note's again."""
    text = "Jane, next demo Thu 10am; budget is fine\nshe said"
    [(words, _)] = spans(text, Kind.FOLLOW)
    assert words == ", next demo Thu 10am"


def test_a_second_follow_up_word_is_tried_where_the_first_has_no_time() -> None:
    """In a later clause; a clause without any time has none behind a later word of it either."""
    [(words, (said, _))] = spans("Jane, next version is fine; then demo Thu 10am", Kind.FOLLOW)
    assert (words, said) == ("; then demo Thu 10am", "demo")


def test_a_close_is_the_word_and_the_date_right_behind_it() -> None:
    """Not a date further on, and only the first of them."""
    [(words, found)] = spans("Acme Renewal $12k close Nov 30, closing Dec 5", Kind.CLOSE)
    assert (words, found.when.wall.date()) == ("close Nov 30", date(2026, 11, 30))
    assert spans("close to a deal on Nov 30", Kind.CLOSE) == []
    assert [words for words, _ in spans("close call, clôture 30/11", Kind.CLOSE)] == ["clôture 30/11"]


def test_a_log_s_date_stands_in_its_first_clause() -> None:
    """What the note tells of a date is the note's."""
    assert [words for words, _ in spans("Jane monday: wants it friday", Kind.WHEN, log=True)] == ["monday"]
    assert [words for words, _ in spans("Jane monday: wants it friday", Kind.WHEN)] == ["monday", "friday"]


def test_a_length_is_read_once_dates_are() -> None:
    """20m is a length, in 20m a moment."""
    assert spans("Jane 20m", Kind.DURATION) == [("20m", timedelta(minutes=20))]
    assert spans("Jane in 20m", Kind.DURATION) == []


def test_only_the_kinds_that_are_wanted_are_read() -> None:
    """Everything else stays words; quotes are always read, since they protect."""
    reading = read('D-142 5k€ tomorrow "x"', frozenset({Kind.MONEY}), PARIS)
    assert [span.kind for span in reading.spans] == [Kind.MONEY, Kind.QUOTED]


# -- what is left


def test_the_note_is_what_nothing_took() -> None:
    """In its order, without the separators that lost a side."""
    reading = read("Jane @ Acme 20m: wants 50 seats, in blue", ALL, PARIS)
    reading.take(Kind.DURATION)
    reading.claim(0, len("Jane @ Acme"))
    assert reading.rest() == "wants 50 seats, in blue"


def test_a_span_that_was_taken_is_not_free_any_more() -> None:
    """Nor is one that overlaps what was taken."""
    reading = read("5k€ 6k€", ALL, PARIS)
    assert reading.take(Kind.MONEY) != reading.take(Kind.MONEY)
    assert reading.take(Kind.MONEY) is None


def test_the_head_is_the_first_words_up_to_a_separator_or_a_span() -> None:
    """At the end of the line, and empty, where there are none."""
    assert _head("Jane Doe: likes it") == "Jane Doe"
    assert _head("Jane Doe 20m") == "Jane Doe"
    assert _head("20m Jane Doe, x") == "Jane Doe"
    assert _head("20m, ") == ""


def _head(text: str) -> str:
    start, end = read(text, ALL, PARIS).head()
    return text[start:end]


def test_tidying_keeps_signs_that_stand_between_words() -> None:
    """Only those go that lost a side; lines stay lines, empty ones go."""
    assert tidy("a , b") == "a b"
    assert tidy("a, b; c") == "a, b; c"
    assert tidy(": wants  it , ") == "wants it"
    assert tidy("one\n\n , \ntwo –") == "one\ntwo"
    assert tidy("state-of-the-art e-mail: yes") == "state-of-the-art e-mail: yes"


def test_normalising_changes_what_no_database_keeps_and_what_phones_type() -> None:
    """NUL and lone surrogates, smart quotes, no-break spaces, full-width signs, every sort of line end."""
    assert normalise("l’été\u00a0: “ok”，\0\ud800\r\nx\ry") == 'l\'été : "ok",\ufffd\ufffd\nx\ny'


# -- whatever is typed

_WORDS = sorted(
    {
        *(word for language in languages() for verb in language.verbs.values() for word in verb),
        *(word for language in languages() for word in (*language.follow, *language.close, *language.at)),
        *(word for language in languages() for stage in language.stages.values() for word in stage),
        *(line for language in languages() for line in language.examples.values()),
        *("Jane Doe", "Acme", "Zoé", "O'Brien", "Jean-Luc", "D-142", "C-12", "#acme", "@sam", "x@y.example"),
        *("5k€", "$12k", "1 000 €", "1.500", "20m", "1h30", "tomorrow 10am", "jeudi 10h", "30/11", "30 feb"),
        *("+33 6 12 34 56 78", "0612345678", '"', "«", "»", "'", ">", "->", "<", ":", ";", ",", "–", "-"),
        *("\n", "\r\n", "\0", "\ud800", "\u202e", "\u200d", "e\u0301", "\u0301" * 30, "٣", "½", "ß", "İ"),
    }
)
_PIECES = st.one_of(st.sampled_from(_WORDS), st.text(max_size=8))
_GAPS = st.sampled_from(["", " ", " ", ", ", "\u00a0", "\n"])
TYPED = st.lists(st.tuples(_PIECES, _GAPS), max_size=16).map(
    lambda pieces: "".join(piece + gap for piece, gap in pieces)
)
LINES = TYPED.map(normalise)
SPEAKERS = st.sampled_from([PARIS, NEW_YORK, replace(PARIS, zone="Asia/Kathmandu", country="GB")])
KINDS = st.one_of(st.just(ALL), st.frozensets(st.sampled_from(sorted(Kind))))
# What a note may lose: white space, and separators that lost a side.
_LOSABLE = " \t\n,;:.–—-"


@tries(200)
@given(LINES, KINDS, SPEAKERS, st.booleans())
def test_spans_stand_in_the_line_in_order_and_never_overlap(
    line: str, kinds: frozenset[Kind], speaker: Speaker, log: bool
) -> None:
    """Of the wanted kinds only, and the text is the line as it was."""
    reading = read(line, kinds, speaker, log=log)
    assert reading.text == line
    position = 0
    for span in reading.spans:
        assert position <= span.start < span.end <= len(line)
        assert span.kind in kinds or span.kind is Kind.QUOTED
        position = span.end


@tries(200)
@given(LINES, SPEAKERS, st.data())
def test_no_character_of_the_note_is_lost(line: str, speaker: Speaker, data: st.DataObject) -> None:
    """Whatever arguments take, the rest is all the other words, in their order."""
    reading = read(line, ALL, speaker)
    for span in data.draw(
        st.lists(st.sampled_from(reading.spans), unique=True) if reading.spans else st.just([])
    ):
        reading.claim(span.start, span.end)
    if data.draw(st.booleans()):
        reading.claim(*reading.head())
    left = "".join(line[start:end] for start, end in _untaken(reading))
    assert _solid(reading.rest()) == _solid(left)


def _untaken(reading: Reading) -> list[tuple[int, int]]:
    found, position = [], 0
    for start, end in [*sorted(reading.taken), (len(reading.text), len(reading.text))]:
        found.append((position, max(position, start)))
        position = max(position, end)
    return found


def _solid(text: str) -> str:
    return "".join(char for char in text if char not in _LOSABLE and not char.isspace())


@tries(200)
@given(LINES, SPEAKERS)
def test_stretches_are_words_between_separators_and_spans(line: str, speaker: Speaker) -> None:
    """In order, never empty, never across a span or what was taken."""
    reading = read(line, ALL, speaker)
    position = 0
    for start, end in reading.stretches():
        assert position <= start < end
        assert line[start:end] == line[start:end].strip()
        assert not any(span.start < end and start < span.end for span in reading.spans)
        position = end


@tries(25)
@given(LINES, st.sampled_from(["word ", "5k€ ", "demain ", "D-1 ", ", next "]))
def test_beyond_the_limit_everything_is_note(line: str, filler: str) -> None:
    """No span reaches past it, and not a character is cut off."""
    whole = filler * (LONGEST_READ // len(filler) + 1) + line
    reading = read(whole, ALL, PARIS)
    assert reading.text == whole
    assert all(span.end <= LONGEST_READ for span in reading.spans)


@tries(200)
@given(TYPED)
@example("\ud800\u0301\0")
def test_a_normalised_line_is_normal(typed: str) -> None:
    """It can be stored, and normalising it again changes nothing."""
    line = normalise(typed)
    assert normalise(line) == line
    assert unicodedata.is_normalized("NFC", line)
    line.encode()
    assert "\0" not in line and "\r" not in line


@tries(200)
@given(TYPED)
def test_a_tidy_note_is_tidy(typed: str) -> None:
    """Tidying it again changes nothing, and it begins and ends with a word."""
    note = tidy(typed)
    assert tidy(note) == note
    assert note == note.strip()
    assert _solid(note) == _solid(typed)


@tries(200)
@given(TYPED)
def test_the_verb_of_any_text_is_found_or_not(typed: str) -> None:
    """What stands behind the verb is the end of the line, and both guesses at a verb are of the register."""
    line = normalise(typed)
    for opening in filter(None, (verbs.opening(line), verbs.misspelt(line))):
        assert line.rstrip().endswith(opening.rest.rstrip())
    assert len(verbs.nearest(line)) == 2
    assert len(flat(line)) == len(line)


@tries(200)
@given(
    st.decimals(0, 10**9, places=2, allow_nan=False),
    st.sampled_from([(PARIS, " ", ","), (PARIS, ".", ","), (NEW_YORK, ",", "."), (NEW_YORK, "'", ".")]),
    st.booleans(),
)
def test_an_amount_typed_as_people_write_it_is_that_amount(
    number: Decimal, habit: tuple[Speaker, str, str], grouped: bool
) -> None:
    """Grouped or not, with the signs of either country."""
    speaker, group, sign = habit
    plain = f"{number:,.2f}" if grouped else f"{number:.2f}"
    typed = "".join({",": group, ".": sign}.get(char, char) for char in plain)
    [span] = amounts(f"{typed} €", speaker)
    assert span.value == Amount(number, "EUR")


@tries(100)
@given(LINES, st.sampled_from([",", "."]))
def test_every_amount_found_is_a_number(line: str, decimal: Literal[",", "."]) -> None:
    """Bare ones too, in any script's neighbourhood."""
    for span in amounts(line, replace(PARIS, decimal=decimal), bare=True):
        assert span.value.number.is_finite() and span.value.number >= 0


@tries(100)
@given(LINES, LINES)
def test_what_is_quoted_is_never_read(before: str, inside: str) -> None:
    """However the line begins, as long as it leaves no quote open."""
    assume(not set('"«»') & set(before + inside) and inside.strip() and "\n" not in inside)
    text = f'{before} "{inside}"'[:LONGEST_READ]
    opened = len(before) + 1
    assert [span for span in read(text, ALL, PARIS).spans if span.end > opened] == [
        span for span in read(text, ALL, PARIS).spans if span.kind is Kind.QUOTED
    ]


# -- how much work it is

PUMPED = (
    *(
        '"a',
        "« ",
        "»",
        "'",
        "> ",
        "->",
        "- ",
        "–",
        ",",
        ", ",
        "\n",
        " ",
        ":",
        "\t",
        "#",
        "@ ",
        "a@",
        "a.",
        "_",
    ),
    *("1", "1 ", "1.", "1'000", "1 000 ", "0612345678 ", "+3", "٣", "D-", "D-1 ", "5k€ ", "é", "\u0301", "ß"),
    *(
        "close ",
        "close 1 ",
        ", next ",
        ", relance demain",
        "at ",
        "2h ",
        "10h ",
        "1/1 ",
        "demain ",
        "Jane ",
        "(",
    ),
)
# Quadratic work would be sixteen times as much for four times the text.
_MOST_TIMES = 9.0
# Seconds; work that is over by then is no attack, whatever the ratio of two such small figures.
_NOTHING = 0.005


def _everything(text: str) -> None:
    reading = read(text, ALL, PARIS)
    reading.claim(*reading.head())
    list(reading.stretches())
    reading.rest()


def _whole(text: str) -> None:
    line = normalise(text)
    verbs.opening(line)
    verbs.misspelt(line)
    tidy(line)
    Reading(line, []).rest()


@pytest.mark.parametrize(
    ("work", "length"),
    [
        pytest.param(_everything, LONGEST_READ, id="reading"),
        pytest.param(_whole, 100_000, id="the whole line"),
    ],
)
def test_work_grows_with_the_line_and_no_faster(work: Callable[[str], None], length: int) -> None:
    """Four times the line is about four times the work, for all that an attacker would repeat."""
    slow = {piece: ratio for piece in PUMPED if (ratio := _growth(work, piece, length)) > _MOST_TIMES}
    assert not slow


def _growth(work: Callable[[str], None], piece: str, length: int) -> float:
    """How many times the processor's time four times the line takes; measured again where it looks bad."""
    ratio = float("inf")
    for _ in range(3):
        much = _seconds(work, _pumped(piece, length))
        if much < _NOTHING:
            return 0
        ratio = min(ratio, much / _seconds(work, _pumped(piece, length // 4)))
        if ratio <= _MOST_TIMES:
            break
    return ratio


def _pumped(piece: str, length: int) -> str:
    # It begins and ends with another character: what was tried up to there fails, and is not tried again.
    return "x " + (piece * (length // len(piece) + 1))[: length - 3] + "x"


def _seconds(work: Callable[[str], None], text: str) -> float:
    begun = time.process_time()
    work(text)
    return time.process_time() - begun
