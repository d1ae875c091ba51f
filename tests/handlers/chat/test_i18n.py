"""What people see: sentences, times, amounts and numbers, each as its reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.chat.i18n import Locale, fill, languages, placeholders, untranslated
from handlers.chat.when import find, zone_named

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)

FRENCH = Locale("fr-FR", "Europe/Paris")
BRITISH = Locale("en-GB", "Europe/London")
AMERICAN = Locale("en-US", "America/New_York")


def plain(shown: str) -> str:
    """With plain spaces for those that do not break, of which CLDR uses two."""
    return shown.replace("\u202f", " ").replace("\u00a0", " ")


def test_an_instant_is_shown_on_the_reader_s_clock_and_in_their_order() -> None:
    """One instant, three readers: their zone, their order, their twelve or twenty-four hours."""
    assert plain(FRENCH.instant(TOMORROW, now=NOW)) == "jeu. 15 oct. 10:00"
    assert plain(BRITISH.instant(TOMORROW, now=NOW)) == "Thu 15 Oct 09:00"
    assert plain(AMERICAN.instant(TOMORROW, now=NOW)) == "Thu, Oct 15, 4:00 AM"
    assert plain(AMERICAN.time(TOMORROW)) == "4:00 AM"


def test_the_zone_is_not_the_language_s() -> None:
    """A British reader in Paris sees Paris time."""
    assert plain(Locale("en-GB", "Europe/Paris").instant(TOMORROW, now=NOW)) == "Thu 15 Oct 10:00"
    assert AMERICAN.place == "New York"
    assert FRENCH.place == "Paris"


def test_the_year_is_shown_where_it_is_another() -> None:
    """Also for an instant that is next year only on the reader's clock."""
    assert plain(FRENCH.date(date(2027, 4, 3), now=NOW)) == "sam. 3 avr. 2027"
    assert plain(FRENCH.date(date(2026, 11, 2), now=NOW)) == "lun. 2 nov."
    assert plain(BRITISH.date(date(2027, 4, 3), now=NOW)) == "Sat, 3 Apr 2027"
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert "2027" in FRENCH.instant(eve, now=NOW)
    assert "2027" not in BRITISH.instant(eve, now=NOW)


def test_an_instant_without_a_zone_is_refused() -> None:
    """A naive time has no instant to show."""
    with pytest.raises(ValueError, match="aware"):
        FRENCH.instant(TOMORROW.replace(tzinfo=None), now=NOW)
    with pytest.raises(ValueError, match="aware"):
        FRENCH.date(date(2027, 4, 3), now=NOW.replace(tzinfo=None))


def test_a_whole_amount_has_no_decimals() -> None:
    """Others have those of their currency."""
    assert plain(FRENCH.money(Decimal("12500.50"), "EUR")) == "12 500,50 €"
    assert plain(FRENCH.money(Decimal("15000.00"), "EUR")) == "15 000 €"
    assert BRITISH.money(Decimal("12500.5"), "GBP") == "£12,500.50"
    assert AMERICAN.money(Decimal(15000), "USD") == "$15,000"
    assert plain(FRENCH.money(Decimal(-3), "EUR")) == "-3 €"
    assert AMERICAN.money(Decimal("1.234"), "BHD").endswith("1.234")
    assert FRENCH.money(Decimal(1500), "JPY") == FRENCH.money(Decimal("1500.0"), "JPY")


def test_the_spaces_of_an_amount_do_not_break() -> None:
    """As CLDR has them for French: U+202F between groups, U+00A0 before the sign."""
    assert FRENCH.money(Decimal(15000), "EUR") == "15\u202f000\u00a0€"


def test_numbers_are_grouped_as_the_reader_groups_them() -> None:
    """With at most three decimals."""
    assert plain(FRENCH.number(1234567)) == "1 234 567"
    assert FRENCH.number(Decimal("0.5")) == "0,5"
    assert AMERICAN.number(1234.5678) == "1,234.568"


@pytest.mark.parametrize(
    ("length", "english", "french"),
    [
        (timedelta(minutes=20), "20 min", "20 min"),
        (timedelta(hours=2), "2 h", "2 h"),
        (timedelta(hours=1, minutes=30), "1 h 30", "1 h 30"),
        (timedelta(hours=1, minutes=5, seconds=59), "1 h 05", "1 h 05"),
        (timedelta(seconds=45), "45 s", "45 s"),
        (timedelta(0), "0 s", "0 s"),
        (timedelta(days=3), "3 d", "3 j"),
        (timedelta(days=2, hours=3), "2 d 3 h", "2 j 3 h"),
    ],
)
def test_a_length_has_two_units_at_most(length: timedelta, english: str, french: str) -> None:
    """Seconds only where there are no minutes."""
    assert (BRITISH.duration(length), FRENCH.duration(length)) == (english, french)


def test_the_order_of_day_and_month_is_the_locale_s_and_not_the_language_s() -> None:
    """Two English locales differ."""
    assert FRENCH.day_first
    assert BRITISH.day_first
    assert not AMERICAN.day_first


@pytest.mark.parametrize("tag", ["fr-FR", "fr_FR", "fr-fr", "fr", "fr-CA"])
def test_a_tag_is_read_in_each_of_its_spellings(tag: str) -> None:
    """The language decides the sentences, whatever the country."""
    assert Locale(tag).language == "fr"


@pytest.mark.parametrize("tag", ["", "xx-YY", "fr FR", "../fr", "f" * 5000, "fr\0", "\ud800"])
def test_an_unknown_tag_is_refused(tag: str) -> None:
    """Whatever it looks like."""
    with pytest.raises(ValueError, match="no locale"):
        Locale(tag)


def test_an_unknown_zone_is_refused_at_once() -> None:
    """And not when the first time is shown."""
    with pytest.raises(ValueError, match="no time zone"):
        Locale("fr-FR", "Mars/Phobos")


# -- sentences


def test_a_sentence_is_in_the_reader_s_language() -> None:
    """English is its own key."""
    assert FRENCH.text("{d} d", d=3) == "3 j"
    assert BRITISH.text("{d} d", d=3) == "3 d"


def test_a_sentence_without_translation_is_shown_in_english() -> None:
    """So is a language that has none; which are missing can be told."""
    assert FRENCH.text("Nobody translated {this} yet", this="that") == "Nobody translated that yet"
    assert Locale("de-DE").text("{d} d", d=3) == "3 d"
    assert untranslated("fr", ["{d} d", "Nobody translated {this} yet"]) == ["Nobody translated {this} yet"]
    assert untranslated("en", ["anything"]) == []
    assert FRENCH.text("") == ""


def test_the_plural_is_the_language_s() -> None:
    """None are many in English and one in French; {n} is written as the reader groups it."""
    assert [BRITISH.plural("{n} seat", "{n} seats", n) for n in (0, 1, 2)] == ["0 seats", "1 seat", "2 seats"]
    assert plain(FRENCH.plural("{n} seat", "{n} seats", 1500)) == "1 500 seats"
    sizes = [plain(FRENCH.plural("{n} byte", "{n} bytes", n)) for n in (0, 1, 2)]
    assert sizes == ["0 octet", "1 octet", "2 octets"]


def test_only_names_in_braces_are_filled() -> None:
    """No attribute, index, conversion or format is ever looked at, in a template or in a value."""
    for template in ("{0.__class__}", "{name.__class__}", "{name[0]}", "{name!r}", "{name:>9}", "{}", "{0}"):
        assert fill(template, {"name": "Jane"}) == template
    assert FRENCH.text("{name}?", name="{0.__class__} {name} %s") == "{0.__class__} {name} %s?"
    assert placeholders("{a} {b_2} {C} {0} {a.b} {{c}}") == {"a", "b_2", "c"}


def test_a_placeholder_without_its_value_is_a_mistake() -> None:
    """It is not shown to anybody."""
    with pytest.raises(KeyError, match="name"):
        FRENCH.text("Hello {name}")


@settings(deadline=None)
@given(st.text())
def test_a_value_is_shown_as_it_is(value: str) -> None:
    """Whatever is in it."""
    assert BRITISH.text("<{value}>", value=value) == f"<{value}>"


def test_the_languages_are_those_that_have_sentences() -> None:
    """The source language first, then one per file."""
    assert languages()[0] == "en"
    assert "fr" in languages()


# -- what is shown can be typed


@settings(deadline=None)
@given(
    st.datetimes(datetime(2026, 10, 15), datetime(2027, 9, 30), timezones=st.just(UTC)),
    st.sampled_from([FRENCH, BRITISH, AMERICAN]),
)
def test_a_shown_instant_reads_back_as_itself(moment: datetime, reader: Locale) -> None:
    """Receipts can be typed again: an instant of the coming year is found where it was shown."""
    moment = moment.replace(minute=moment.minute, second=0, microsecond=0)
    shown = reader.instant(moment, now=NOW)
    [span] = find(
        shown,
        now=NOW,
        zone=reader.zone,
        day_first=reader.day_first,
        bias="plan",
        working_days=frozenset(range(5)),
    )
    assert (span.start, span.end) == (0, len(shown))
    assert span.when is not None
    assert span.when.wall == moment.astimezone(zone_named(reader.zone)).replace(tzinfo=None)
