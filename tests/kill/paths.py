"""The ways in which something is written, and the points at which the process is killed on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import product
from typing import Any, Literal

from bot import demo
from bot.failpoint import POINTS, Point
from handlers.chat.language import languages

Service = Literal["telegram", "slack"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """What is typed, or the label of a button under the last answer; ``sees`` stands in the answer."""

    text: str
    sees: str
    pressed: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A conversation whose last step is struck.

    ``leaves``: the rows by table that are there at its end and were not so at its beginning; only the
    columns that matter are named, as :mod:`tests.kill.effects` tells them.
    """

    before: Sequence[Step]
    struck: Step
    leaves: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Case:
    """Where the process is killed, on which path, and by which service people speak."""

    point: Point
    path: str
    service: Service = "telegram"

    def __str__(self) -> str:
        return f"{self.point}-{self.path}-{self.service}"

    @property
    def paths(self) -> Sequence[str]:
        """Those that it strikes."""
        return (*PATHS, PUSH) if self.path == EVERYTHING else (self.path,)

    @property
    def failpoint(self) -> str:
        """The pass at which it strikes: each message that came before has passed once.

        Our own answers come back from Slack, and are acknowledged too.
        """
        if self.point == "mid_migration":
            return f"{self.point}:2"  # the second step has changed both databases
        if self.point in ("lease_lost", "mid_shutdown") or self.path == PUSH:
            return f"{self.point}:1"
        before = len(TOLD[self.path].before) * (2 if self.point == "after_ack" else 1)
        return f"{self.point}:{before + 1}"

    @property
    def repeats(self) -> int:
        """How often the answer may be seen once more.

        Telegram has no history in which a bot could look whether a message arrived.
        """
        return 1 if (self.point, self.service) == ("after_send", "telegram") else 0


_CALL = {
    "number": 1,
    "kind": "call",
    "status": "done",
    "contact_id": "C-47",
    "deal_id": "D-118",
    "at": demo.NOW.astimezone(UTC).isoformat(),
}
_LOGGED = {"kind": "activity", "record_id": "A-1", "created": True, "undo_of": False}

PATHS: Mapping[str, Path] = {
    "log": Path(
        before=(),
        struck=Step("call Omar Haddad 15m left voicemail; follow up fri 10am", "Call logged"),
        leaves={
            "activity": [
                _CALL | {"duration": 900, "outcome": "Left voicemail", "notes": "", "deleted_at": False}
            ],
            "reminder": [
                {
                    "number": 3,
                    "text": "Follow up with Omar Haddad",
                    "wall": "2026-10-16T10:00",
                    "zone": "America/New_York",
                    "contact_id": "C-47",
                    "state": "open",
                }
            ],
            "notification": [{"record_id": "R-3", "state": "waiting", "due_at": "2026-10-16T14:00:00+00:00"}],
            "change": [_LOGGED, {"kind": "reminder", "record_id": "R-3", "created": True}],
        },
    ),
    "create": Path(
        before=(),
        struck=Step("deal new Initech Support 5k", "New deal"),
        leaves={
            "deal": [{"number": 143, "name": "Initech Support", "amount": 500_000, "currency": "EUR"}],
            "change": [{"kind": "deal", "record_id": "D-143", "created": True}],
        },
    ),
    "move": Path(
        before=(),
        struck=Step("D-118 > Qualified", "Qualified"),
        leaves={
            "deal": [{"number": 118, "stage_id": 2, "revision": 3}],
            "stage_change": [{"deal_id": "D-118", "from_stage_id": 1, "to_stage_id": 2}],
            "change": [{"kind": "deal", "record_id": "D-118", "created": False}],
        },
    ),
    "remind": Path(
        before=(),
        struck=Step("remind me tomorrow 10am send Omar the offer", "send Omar the offer"),
        leaves={
            "reminder": [{"number": 3, "text": "send Omar the offer", "wall": "2026-10-15T10:00"}],
            "notification": [{"record_id": "R-3", "state": "waiting"}],
            "change": [{"kind": "reminder", "record_id": "R-3", "created": True}],
        },
    ),
    "undo": Path(
        before=(Step("call Omar Haddad 15m", "Call logged"),),
        struck=Step("undo", "Undone"),
        leaves={
            "activity": [_CALL | {"duration": 900, "deleted_at": True, "revision": 2}],
            "change": [{"kind": "activity", "record_id": "A-1", "created": False, "undo_of": True}, _LOGGED],
        },
    ),
    "answered question": Path(
        before=(Step("call", "Who is it about?"),),
        struck=Step("Omar Haddad", "Call logged"),
        leaves={"activity": [_CALL | {"deleted_at": False}], "change": [_LOGGED]},
    ),
    "answer pressed": Path(
        before=(Step("call", "Who is it about?"),),
        struck=Step("Omar Haddad · Initech", "Call logged", pressed=True),
        leaves={"activity": [_CALL | {"deleted_at": False}], "change": [_LOGGED]},
    ),
    "card confirmed": Path(
        before=(Step("won D-118 26k", "Initech Rollout"),),
        struck=Step("Confirm", "🎉", pressed=True),
        leaves={
            "deal": [{"number": 118, "stage_id": 5, "amount": 2_600_000, "revision": 3}],
            "stage_change": [{"deal_id": "D-118", "from_stage_id": 1, "to_stage_id": 5}],
            "change": [{"kind": "deal", "record_id": "D-118", "created": False}],
        },
    ),
}
PUSH = "push"  # the tick's claim of a reminder that is due
LEAVES: Mapping[str, Mapping[str, Rows]] = {
    **{name: path.leaves for name, path in PATHS.items()},
    PUSH: {
        "notification": [{"record_id": f"R-{number}", "state": "settled"} for number in (1, 2)],
        "outbox": [
            {"dedupe_key": "notification:…", "push": True, "state": "sent"},
            {"dedupe_key": "notification:…", "push": True, "state": "sent"},
            {"dedupe_key": "turn:…", "push": False, "state": "sent"},
        ],
    },
}
# All of these, one after the other: for a point that is passed before anything is said.
EVERYTHING = "everything"
_STEPS = [step for path in PATHS.values() for step in (*path.before, path.struck)]
# Every example of every language, for a soak; but for a code, which is drawn by lot, and for the last
# word of every case.
_EXAMPLES = {
    f"{language.tag} {name}": Path((), Step(line, sees=""), {})
    for language in languages()
    for name, line in language.examples.items()
    if name not in ("link", "about")
}
TOLD: Mapping[str, Path] = {**PATHS, **_EXAMPLES, EVERYTHING: Path(_STEPS[:-1], _STEPS[-1], {})}

_UNHEARD = "a push begins with the clock: nothing is fetched, stored or acknowledged for it"
_UNBUILT = "nothing is imported yet"
# Points that a path never passes, and why.
UNREACHED: Mapping[tuple[Point, str], str] = {
    ("after_fetch", PUSH): _UNHEARD,
    ("after_inbox", PUSH): _UNHEARD,
    ("after_ack", PUSH): _UNHEARD,
    **{("mid_import", path): _UNBUILT for path in (*PATHS, PUSH)},
}

# A process is killed while it migrates, and its heir does everything: how far the first one had come
# is nothing to a single path.
_UPGRADE = Case("mid_migration", EVERYTHING)
# Telegram is told what was stored by the next poll alone; Slack has an acknowledgement for each
# message. It also has a history, in which what was sent is found.
_ON_SLACK: tuple[Point, ...] = ("after_ack", "after_send")
CASES: Sequence[Case] = [
    _UPGRADE,
    *(
        Case(point, path)
        for point, path in product(POINTS, (*PATHS, PUSH))
        if (point, path) not in UNREACHED and point not in ("after_ack", _UPGRADE.point)
    ),
    *(Case(point, path, "slack") for point, path in product(_ON_SLACK, PATHS)),
]
_BEYOND_A_COMMAND = ("after_ack", "mid_import", _UPGRADE.point)
SOAKED: Sequence[Case] = [
    Case(point, path) for point, path in product(POINTS, _EXAMPLES) if point not in _BEYOND_A_COMMAND
]
