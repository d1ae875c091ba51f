"""Killed at any point, on any path, on either database: done once, answered, and pushed once.

A process kills itself at a fail point; half a minute later another one takes over. What stands in the
database then is, row for row, what stands there where nothing went wrong, and people have seen the
same. The clocks of both stand still, so that there is nothing to forgive.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import product

import pytest

from bot import demo
from bot.failpoint import EXIT_STATUS, POINTS
from bot.scheduler import TICK
from tests.effort import SOAK
from tests.kill.chats import chat_on
from tests.kill.effects import Effects, added, effects
from tests.kill.paths import CASES, LEAVES, PATHS, PUSH, SOAKED, TOLD, UNREACHED, Case
from tests.kill.stage import DUE, LAST_WORD, LATER, PUSHED, Outcome, Stage
from tests.kill.supervisor import Process
from tests.kill.undisturbed import Undisturbed, greet, undisturbed

pytestmark = pytest.mark.kill

MIGRATING = "mid_migration"
COMMANDS = [case for case in CASES if case.path != PUSH and case.point != MIGRATING]
COMMANDS += SOAKED if SOAK else []
PUSHES = [case for case in CASES if case.path == PUSH and case.point != MIGRATING]
UPGRADES = [case for case in CASES if case.point == MIGRATING]
RECORDS = {
    *("activity", "deal", "stage_change", "reminder", "notification", "change"),
    *("contact", "company", "lead"),
}
AGAIN = "(sent again)"
# The process had begun to send, or was about to: nobody knows whether the message was seen.
UNCERTAIN = ("after_commit", "before_send", "after_send")


# -- the matrix ------------------------------------------------------------------------------------


def test_every_point_strikes_every_path_or_the_reason_is_told() -> None:
    """A new path and a new fail point join the matrix, or say why they cannot."""
    struck = {(case.point, path) for case in CASES for path in case.paths}
    assert struck | UNREACHED.keys() == set(product(POINTS, (*PATHS, PUSH)))
    assert not struck & UNREACHED.keys()


@pytest.mark.parametrize("path", LEAVES)
async def test_a_path_leaves_what_it_says_and_nothing_else(
    path: str, stage: Stage, expected: Undisturbed
) -> None:
    """Without a crash: the rows of the records with one Change each, and the same on both databases."""
    before = await effects(stage.url)
    after = await undisturbed(stage, path, "telegram")
    for table in RECORDS | LEAVES[path].keys():
        found, wanted = added(before, after.rows, table), LEAVES[path].get(table, ())
        assert [
            {name: row[name] for name in columns} for row, columns in zip(found, wanted, strict=True)
        ] == list(wanted)
    assert after == await expected.outcome(path, "telegram")


@pytest.mark.parametrize("case", COMMANDS, ids=str)
async def test_a_command_is_done_and_answered_once(case: Case, stage: Stage, expected: Undisturbed) -> None:
    """Killed with a command under way, another process ends in what would have been without the crash."""
    path = TOLD[case.path]
    async with chat_on(case.service) as chat:
        async with stage.process(chat, demo.NOW, case.failpoint) as first:
            for step in path.before:
                await chat.takes(step)
                await stage.all_is_marked()
            chat.begins(path.struck)
            if case.point in ("lease_lost", "mid_shutdown"):
                await chat.sees(path.struck.sees)
                await end_at(case, stage, first)
            assert await first.ended() == EXIT_STATUS
        outcome = await stage.concluded(chat)
    compare(outcome, await expected.outcome(case.path, case.service), case)


@pytest.mark.parametrize("case", PUSHES, ids=str)
async def test_a_reminder_is_pushed_once(case: Case, stage: Stage, expected: Undisturbed) -> None:
    """Killed at the claim of a reminder or at its push, another process neither skips nor repeats it."""
    async with chat_on(case.service) as chat:
        await greet(stage, chat)
        now = demo.NOW if case.point == "lease_lost" else DUE
        async with stage.process(chat, now, case.failpoint) as first:
            if case.point == "mid_shutdown":
                await chat.sees(PUSHED)
            if case.point in ("lease_lost", "mid_shutdown"):
                await end_at(case, stage, first)
            assert await first.ended() == EXIT_STATUS
        outcome = await stage.concluded_by_the_next_push(chat)
    compare(outcome, await expected.outcome(case.path, case.service), case)


@pytest.mark.parametrize("case", UPGRADES, ids=str)
async def test_an_upgrade_cut_short_loses_nothing(
    case: Case, old_stage: Stage, expected: Undisturbed
) -> None:
    """Killed in the middle of a migration, with a message waiting, the next start migrates and goes on."""
    path = TOLD[case.path]
    first_word, others = path.before[0], [*path.before[1:], path.struck, LAST_WORD]
    async with chat_on(case.service) as chat:
        chat.begins(first_word)
        async with old_stage.process(chat, demo.NOW, case.failpoint) as first:
            assert await first.ended() == EXIT_STATUS
        async with old_stage.process(chat, demo.NOW) as second:
            await chat.sees(first_word.sees)
            for step in others:
                await old_stage.all_is_marked()
                await chat.takes(step)
            await old_stage.all_is_marked()
            assert await second.stop() == 0
        outcome = await old_stage.concluded_by_the_next_push(chat)
    compare(outcome, await expected.outcome(case.path, case.service), case)


async def end_at(case: Case, stage: Stage, process: Process) -> None:
    """Bring about the end of a process that has done its work."""
    if case.point == "lease_lost":
        await stage.all_is_marked()
        await stage.lease_is_taken_away(TICK)
    else:
        await stage.all_is_marked()
        await process.stop()


def compare(found: Outcome, wanted: Outcome, case: Case) -> None:
    """The same rows, and the same seen: as often, or once more where that cannot be known."""
    pressed = case.path in PATHS and PATHS[case.path].struck.pressed
    assert (dated_alike(found.rows) if pressed else found.rows) == wanted.rows
    seen, expected = Counter(map(unmarked, found.shown)), Counter(wanted.shown)
    assert not expected - seen
    assert (seen - expected).total() <= case.repeats
    marked = [text for text in found.shown if text.endswith(AGAIN)]
    assert len(marked) <= (case.point in UNCERTAIN and case.service == "telegram")
    assert {unmarked(text) for text in marked} >= {
        text for text, times in seen.items() if times > expected[text]
    }


def unmarked(text: str) -> str:
    """Without the words that say that it may have been seen before."""
    return text.removesuffix(AGAIN).rstrip()


def dated_alike(rows: Effects) -> Effects:
    """With what the heir received dated as if the first process had: Telegram does not date a press."""
    return {table: [row.replace(_iso(LATER), _iso(demo.NOW)) for row in told] for table, told in rows.items()}


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()
