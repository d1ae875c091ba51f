"""The corpus of what reps write: its shapes, its counts and its instants hold, whoever adds a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

HERE = Path(__file__).parent
LINES = 400  # at least so many in every language there is
DATES = 300
ALIKE = 3  # so many lines at most that differ only in their names, numbers and dates

Row = dict[str, Any]
LOCALES = {"en-GB", "en-US", "fr-FR"}
OUTCOMES = {"reached", "voicemail", "no_answer", "busy", "refused"}
FIELDS = (
    "verb party company deal amount currency duration_s direction outcome follow_up happened close stage"
    " assignee priority note"
)
INSTANTS = ("follow_up", "happened", "close")
VERBS = (
    "call email meeting note deal_new deal move amount close won lost find contact_new company_new lead_new"
    " convert tag untag field remind done snooze skip undo history today overdue pipeline forecast stale"
    " digest assign approve merge link unlink me settings lang tz quiet mute delete restore erase invite team"
    " role away stage pipeline_new workspace rate post here next prep about trace help cancel"
)
NAMED = ("party", "company", "deal", "assignee", "stage")
DAY = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|\b(?:lun|mar|mer|jeu|ven|sam|dim)(?:di|anche|credi|dredi|edi)?\b"
    r"|\b(?:jan|feb|fév|mar|apr|avr|may|mai|jun|juin|jul|juil|aug|août|sep|oct|nov|dec|déc)[a-zé.]*"
    r"|\b(?:today|tomorrow|tmrw|yesterday|demain|hier|aujourd'hui)\b"
)
NUMBER = re.compile(r"[$£€+#]*\d[\d\s.,:/h-]*(?:k|m|min|mins|h|am|pm|€|\$|£)*(?!\w)|\d+")


def paths(kind: str) -> list[Path]:
    return sorted(HERE.glob(f"{kind}.*.jsonl"))


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def instant(text: str, zone: str) -> datetime:
    """What is written, which must carry the offset that its zone has at that instant."""
    at = datetime.fromisoformat(text)
    assert at.utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset(), (text, zone)
    return at


def skeleton(row: Row) -> str:
    """The line without its names, numbers and dates."""
    text = row["text"].casefold()
    said = {str(record[field]) for record in row["want"]["records"] for field in NAMED if field in record}
    for name in sorted(said, key=len, reverse=True):
        text = text.replace(name.casefold(), "N")
    text = NUMBER.sub("0", DAY.sub("D", text))
    return re.sub(r"[\W_]+", " ", text).strip()


def instants(row: Row) -> Iterator[str]:
    yield row["at"]
    want = row["want"]
    if "records" in want:
        yield from (record[field] for record in want["records"] for field in INSTANTS if field in record)
    else:
        yield from (want[field] for field in ("instant", "end") if want[field] is not None)


@pytest.mark.parametrize("path", paths("lines"), ids=lambda path: path.name)
def test_every_line_has_its_shape(path: Path) -> None:
    for row in rows(path):
        assert list(row) == ["text", "at", "tz", "locale", "want", "sealed"], row
        assert row["text"].strip(), row
        assert row["locale"] in LOCALES, row
        assert isinstance(row["sealed"], bool), row
        assert list(row["want"]) == ["records", "asked"], row
        assert all(isinstance(field, str) and field for field in row["want"]["asked"]), row
        for record in row["want"]["records"]:
            assert list(record) == [field for field in FIELDS.split() if field in record], row
            assert record.get("verb", "call") in VERBS.split(), row
            assert record.get("direction", "in") in {"in", "out"}, row
            assert record.get("outcome", "busy") in OUTCOMES, row
            assert ("amount" in record) == ("currency" in record), row
            assert re.fullmatch("[A-Z]{3}", record.get("currency", "EUR")), row
            for field, value in record.items():
                number = field in {"amount", "duration_s"}
                assert isinstance(value, int | float) if number else isinstance(value, str) and value, row


@pytest.mark.parametrize("path", paths("dates"), ids=lambda path: path.name)
def test_every_date_has_its_shape(path: Path) -> None:
    for row in rows(path):
        assert list(row) == ["text", "at", "tz", "locale", "context", "want", "sealed"], row
        assert row["text"].strip(), row
        assert row["locale"] in LOCALES, row
        assert row["context"] in {"plan", "log"}, row
        assert isinstance(row["sealed"], bool), row
        want = row["want"]
        assert list(want) == ["instant", "end", "rrule", "asked"], row
        assert isinstance(want["asked"], bool), row
        assert re.fullmatch(r"FREQ=[A-Z]+(;[A-Z]+=[-+\w,]+)*", want["rrule"] or "FREQ=DAILY"), row
        if want["end"] is not None:
            assert datetime.fromisoformat(want["instant"]) < datetime.fromisoformat(want["end"]), row


@pytest.mark.parametrize("path", paths("*"), ids=lambda path: path.name)
def test_every_instant_has_the_offset_of_its_zone(path: Path) -> None:
    for row in rows(path):
        for text in instants(row):
            instant(text, row["tz"])


@pytest.mark.parametrize("path", paths("*"), ids=lambda path: path.name)
def test_there_are_enough_and_a_fifth_of_them_is_sealed(path: Path) -> None:
    there = rows(path)
    assert len(there) >= (LINES if path.name.startswith("lines") else DATES)
    assert 0.18 <= sum(row["sealed"] for row in there) / len(there) <= 0.22


@pytest.mark.parametrize("path", paths("*"), ids=lambda path: path.name)
def test_nothing_is_there_twice(path: Path) -> None:
    keys = ("text", "at", "tz", "locale", "context")
    seen = Counter(tuple(row.get(key) for key in keys) for row in rows(path))
    assert [key for key, count in seen.items() if count > 1] == []


@pytest.mark.parametrize("path", paths("lines"), ids=lambda path: path.name)
def test_lines_are_not_one_line_with_other_names(path: Path) -> None:
    seen = Counter(skeleton(row) for row in rows(path))
    assert {key: count for key, count in seen.items() if count > ALIKE} == {}
