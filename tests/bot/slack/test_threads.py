"""An answer to a mention stands in its thread, and is found there."""

from __future__ import annotations

from handlers.chat.reply import Reply, Text
from tests.bot.slack.conftest import Parley, message

WORDS = Reply((Text("13 deals"),))


async def test_a_mention_is_answered_in_its_thread(parley: Parley) -> None:
    """One that opens a thread, and one within a thread of others."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    first = lea.mentions("help", sales)
    root = lea.says("what about Acme?", sales)
    lea.mentions("about", sales, thread_ts=root)
    opened, within = await parley.hears(2)
    assert (opened.quoted, within.quoted) == (f"{sales.id}:{first}", f"{sales.id}:{root}")
    await parley.says(sales.id, WORDS, 1, answers=opened.quoted)
    await parley.says(sales.id, WORDS, 2, answers=within.quoted)
    threads = [entry.thread_ts for entry in parley.workspace.ledger if entry.kind == "posted"]
    assert threads == [first, root]


async def test_in_a_direct_message_only_a_thread_is_answered_in_a_thread(parley: Parley) -> None:
    """What is said outside of one is answered beside it."""
    lea = parley.workspace.user("Léa")
    root = lea.says("today")
    lea.says("and tomorrow?", thread_ts=root)
    plain, threaded = await parley.hears(2)
    assert (plain.quoted, threaded.quoted) == (None, f"{lea.dm.id}:{root}")


async def test_an_answer_in_a_thread_is_found_there(parley: Parley) -> None:
    """Replies are in no conversation's history."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    ts = lea.mentions("help", sales)
    ref = await parley.says(sales.id, WORDS, 7, answers=f"{sales.id}:{ts}")
    assert await parley.platform.find(message(sales.id, WORDS, 7, answers=f"{sales.id}:{ts}")) == ref
    assert await parley.platform.find(message(sales.id, WORDS, 8, answers=f"{sales.id}:{ts}")) is None


async def test_where_there_is_no_thread_any_more_it_is_said_in_the_channel(parley: Parley) -> None:
    """The mention was deleted, or the thread locked."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    ts = lea.mentions("help", sales)
    lea.deletes(ts)
    await parley.says(sales.id, WORDS, answers=f"{sales.id}:{ts}")
    [posted] = [entry for entry in parley.workspace.ledger if entry.kind == "posted"]
    assert posted.thread_ts is None
