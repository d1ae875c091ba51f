"""What a rule can refuse. Errors carry data; the sentence is made where the person is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any


class RuleRefused(Exception):
    """A rule of the CRM was not met; nothing was written."""


class NotFound(RuleRefused):
    """No visible record fits. ``kind`` is a record's kind, ``text`` what was looked for."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text!r}")
        self.kind = kind
        self.text = text


class Ambiguous(RuleRefused):
    """Several visible records fit; one has to be chosen. ``choices`` are records, best first."""

    def __init__(self, kind: str, text: str, choices: Sequence[Any]) -> None:
        super().__init__(f"{kind}: {text!r} fits {len(choices)}")
        self.kind = kind
        self.text = text
        self.choices = tuple(choices)


class NotAllowed(RuleRefused):
    """This member may see the record but not write it, or lacks the role.

    ``record`` is the record that belongs to someone else (None for a missing role), ``role`` the
    role that would be needed (empty for a record).
    """

    def __init__(self, record: Any = None, *, role: str = "") -> None:
        super().__init__(role or repr(record))
        self.record = record
        self.role = role


class AlreadyDone(RuleRefused):
    """It was done before: pressed twice, undone twice, settled by somebody else.

    ``at`` is aware UTC, None where unknown.
    """

    def __init__(self, what: str, *, at: datetime | None = None, by: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.by = by


class IllegalMove(RuleRefused):
    """A move the pipeline does not have.

    ``reason`` is a short code: ``same_stage``, ``other_pipeline``, ``incomplete`` (the stage requires more).
    """

    def __init__(self, reason: str, record: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.record = record


class ChangedSince(RuleRefused):
    """Something newer touched the same fields: an undo or a late button would overwrite it."""

    def __init__(self, record: Any, *, by: str, at: datetime, fields: Sequence[str]) -> None:
        super().__init__(f"{record!r}: {', '.join(fields)}")
        self.record = record
        self.by = by
        self.at = at
        self.fields = tuple(fields)


class InvalidValue(RuleRefused):
    """A value that no column may hold. ``field`` names it, ``reason`` is a short code."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


class NameTaken(RuleRefused):
    """There is one of that ``kind`` by that name already, perhaps in other letters."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind}: {name!r}")
        self.kind = kind
        self.name = name


class InUse(RuleRefused):
    """``record`` cannot go: ``n`` of the kind ``by`` (deal, member) stand on it."""

    def __init__(self, record: Any, by: str, n: int) -> None:
        super().__init__(f"{record!r}: {n} of {by}")
        self.record = record
        self.by = by
        self.n = n


class Indispensable(RuleRefused):
    """``record`` is the last of its sort, which there has to be one of.

    ``sort`` is ``admin``, ``default`` (the pipeline that new deals enter), or a stage's kind.
    """

    def __init__(self, record: Any, sort: str) -> None:
        super().__init__(f"{record!r}: {sort}")
        self.record = record
        self.sort = sort


class LostUpdate(Exception):
    """Another transaction wrote this record first: not the person's fault, the turn runs again.

    It must hold the record then (see Kept.hold): who writes it all the time would win each time.
    """

    def __init__(self, record: Any) -> None:
        super().__init__(record.reference)
        self.record = record
