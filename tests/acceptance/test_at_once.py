"""Two people change the same thing at the same moment, each from a process of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import pairwise
from pathlib import Path

from models.change import Change
from models.deal import Deal, StageChange
from tests.driver import conversation

ROOT = Path(__file__).parents[2]
LINES = 40  # of each of the two


async def _types(url: str, email: str, lines: list[str]) -> str:
    """Feed a terminal chat with lines, as fast as it takes them; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "chat", "--as", email),
        cwd=ROOT,
        env=os.environ | {"PARLEY_DATABASE__URL": url, "PARLEY_CONFIG": os.devnull},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate("\n".join(lines).encode())
    assert (process.returncode, err.decode()) == (0, "")
    return out.decode()


async def test_two_members_move_one_deal_at_once(database_url: str) -> None:
    """Every move finds what the one before it left: none overwrites another unseen, none is lost.

    The deal is everyone's, so that none of them has to be confirmed. The amounts differ, so each line
    writes; the Changes of the deal must then form one chain.
    """
    async with conversation(database_url) as talk:
        await Deal.filter(number=142).update(owner_id=None)
        lea = [f"D-142 > {('négociation', 'proposition')[i % 2]} {20_000 + i}" for i in range(LINES)]
        nora = [f"D-142 > {('qualified', 'proposal')[i % 2]} {30_000 + i}" for i in range(LINES)]
        shown = await asyncio.gather(
            _types(database_url, "lea@parley.example", lea),
            _types(database_url, "nora@parley.example", nora),
        )
        assert [screen.count("D-142 · ") for screen in shown] == [LINES, LINES]
        deal = await Deal.get(number=142)
        changes = await Change.filter(kind="deal", record_id=deal.id, created=False).order_by("id")
        assert len(changes) == 2 * LINES
        assert len({change.member_id for change in changes}) == 2
        for name, now in (("amount", deal.amount), ("stage_id", deal.stage_id)):
            steps = [change.fields_json[name] for change in changes if name in change.fields_json]
            assert all(left[1] == right[0] for left, right in pairwise(steps)), name
            assert steps[-1][1] == now
        moves = await StageChange.filter(deal_id=deal.id).order_by("id")
        assert all(left.to_stage_id == right.from_stage_id for left, right in pairwise(moves))
        assert await talk.failures() == []
