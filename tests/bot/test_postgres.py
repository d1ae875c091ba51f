"""The engine for PostgreSQL: what is left of its pool when the server or the network fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from bot import postgres
from bot.database import Database, DatabaseUnusable, is_transient
from tests.postgres import Administrator
from tests.proxy import Proxy, proxied
from tests.samples import MODELS, ONE

pytestmark = pytest.mark.postgresql


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture
async def gate(postgres: Administrator) -> AsyncIterator[Proxy]:
    async with proxied(postgres.server) as proxy:
        yield proxy


@pytest.fixture
async def behind(
    gate: Proxy, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A database whose every byte goes through the gate, with short limits."""
    monkeypatch.setattr(postgres, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(postgres, "CONNECT_TIMEOUT", 1.5)
    monkeypatch.setattr(postgres, "QUEUE_TIMEOUT", 2.0)
    monkeypatch.setattr(postgres, "RETURN_TIMEOUT", 0.2)
    database = Database(gate.server.url(_name(empty_postgres_url)), models=MODELS, migrations=ONE)
    await database.open()
    await database.execute("CREATE TABLE tally (n INTEGER)")
    yield database
    await database.close()


async def _write(database: Database, number: int) -> None:
    async with database.transaction():
        await database.execute("INSERT INTO tally VALUES (?)", number)


async def _numbers(database: Database) -> list[int]:
    return [row["n"] for row in await database.fetch("SELECT n FROM tally ORDER BY n")]


async def test_a_server_that_does_not_answer_costs_a_limited_time(behind: Database, gate: Proxy) -> None:
    """While nothing comes back, every turn ends with an error that can be tried again, even more turns than
    the pool has connections; afterwards all of them go through."""
    gate.freeze()
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*(_write(behind, n) for n in range(20)), return_exceptions=True)
    assert all(isinstance(outcome, Exception) and is_transient(outcome) for outcome in outcomes)
    gate.thaw()
    async with asyncio.timeout(5):
        await asyncio.gather(*(_write(behind, n) for n in range(20)))
    assert await _numbers(behind) == list(range(20))


async def test_a_connection_lost_in_a_transaction_undoes_it(behind: Database, gate: Proxy) -> None:
    """The turn fails with an error that can be tried again, and the next one has a new connection."""
    with pytest.raises(Exception) as lost:
        async with behind.transaction():
            await behind.execute("INSERT INTO tally VALUES (1)")
            gate.cut()
            await behind.execute("INSERT INTO tally VALUES (2)")
    assert is_transient(lost.value)
    assert not behind.in_transaction
    await _write(behind, 3)
    assert await _numbers(behind) == [3]


async def test_a_lost_answer_to_a_commit_is_an_error_although_it_happened(
    behind: Database, gate: Proxy
) -> None:
    """Whether it was committed cannot be known from the error: the row itself tells, once only."""
    gate.cut_after(b"COMMIT")
    with pytest.raises(Exception) as lost:
        await _write(behind, 1)
    assert is_transient(lost.value)
    assert await _numbers(behind) == [1]


async def test_a_transaction_that_cannot_begin_leaves_its_connection_in_the_pool(
    behind: Database, gate: Proxy
) -> None:
    """More failed beginnings than the pool has connections do not exhaust it."""
    for _ in range(postgres.POOL_SIZE + 2):
        await _numbers(behind)
        gate.cut()
        with pytest.raises(Exception) as lost:
            await _write(behind, 1)
        assert is_transient(lost.value)
        assert not behind.in_transaction
    await _write(behind, 2)
    assert await _numbers(behind) == [2]


async def test_more_turns_than_connections_wait_for_each_other(behind: Database) -> None:
    """Four times as many turns as the pool is large all go through, without an error."""
    await asyncio.gather(*(_write(behind, n) for n in range(4 * postgres.POOL_SIZE)))
    assert await _numbers(behind) == list(range(4 * postgres.POOL_SIZE))


async def test_a_cancelled_turn_is_undone_and_gives_its_connection_back(behind: Database) -> None:
    """Cancelling turns in the middle of a statement undoes them; the pool keeps all its connections."""

    async def sleeping(number: int) -> None:
        async with behind.transaction():
            await behind.execute("INSERT INTO tally VALUES (?)", number)
            await behind.fetch("SELECT pg_sleep(60)")

    turns = [asyncio.create_task(sleeping(n)) for n in range(postgres.POOL_SIZE)]
    await asyncio.sleep(0.1)
    for turn in turns:
        turn.cancel()
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    await asyncio.gather(*(_write(behind, n) for n in range(postgres.POOL_SIZE)))
    assert await _numbers(behind) == list(range(postgres.POOL_SIZE))


async def test_a_turn_may_be_cancelled_at_any_moment(behind: Database) -> None:
    """From its begin to its commit, it is all there or not at all, and nobody complains of a connection."""
    complaints = list[str]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(str(context["message"])))
    written = set[int]()
    for steps in range(60):
        turn = asyncio.create_task(_write(behind, steps))
        for _ in range(steps):
            await asyncio.sleep(0)
        turn.cancel()
        [outcome] = await asyncio.gather(turn, return_exceptions=True)
        written |= {steps} if outcome is None else set()
    assert not complaints
    assert written <= set(await _numbers(behind))


async def test_the_session_has_its_limits(behind: Database) -> None:
    """A statement may take five seconds, a paused transaction twenty; what the server shows names Parley."""
    settings = ("statement_timeout", "idle_in_transaction_session_timeout", "application_name", "TimeZone")
    shown = [row for name in settings for row in await behind.fetch(f"SHOW {name}")]
    assert [value for row in shown for value in row.values()] == ["5s", "20s", "parley", "UTC"]


async def test_a_statement_is_prepared_once_in_each_connection(behind: Database) -> None:
    """The same text with other values is not planned again."""
    async with behind.transaction():
        for number in range(5):
            await behind.execute("INSERT INTO tally VALUES (?)", number)
        known = await behind.fetch(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'"
        )
    assert known == [{"statement": "INSERT INTO tally VALUES ($1)"}]


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"empty": "nowhere"}, "Create the database"),
        ({"port=5432": "port=5433"}, "Check that the server runs"),
        ({"postgres@": "nobody:s3cret@"}, "Check the user and the password"),
        ({"?host": "?sslmode=perhaps&host"}, "Check database.url"),
    ],
)
async def test_a_server_that_cannot_be_reached_is_named_with_the_remedy(
    empty_postgres_url: str, change: dict[str, str], remedy: str
) -> None:
    """A wrong name, port, user or option is named together with what to do, but never the password."""
    url = empty_postgres_url
    for before, after in change.items():
        url = url.replace(before, after)
    database = Database(url, models=MODELS, migrations=ONE)
    with pytest.raises(DatabaseUnusable) as refused:
        await database.open()
    assert remedy in str(refused.value)
    assert "cannot be reached" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    await database.close()


async def test_what_cannot_be_reached_now_may_be_tried_again(postgres: Administrator) -> None:
    """A server that is not there, by socket or by network, and a full one are trouble that passes."""
    for address in (postgres.server.url("postgres").replace("port=5432", "port=5433"), await _nobody()):
        with pytest.raises(OSError, match="Errno") as refused:
            await asyncpg.connect(address)
        assert is_transient(refused.value)
    assert not is_transient(FileNotFoundError(2, "No such file", "photo.jpg"))
    admin = await asyncpg.connect(postgres.server.url("postgres"))
    try:
        await admin.execute("CREATE ROLE narrow LOGIN CONNECTION LIMIT 0")
        with pytest.raises(asyncpg.TooManyConnectionsError) as full:
            await asyncpg.connect(postgres.server.url("postgres").replace("postgres@", "narrow@"))
        assert is_transient(full.value)
    finally:
        await admin.execute("DROP ROLE narrow")
        await admin.close()


async def test_a_server_that_ends_a_session_can_be_tried_again(behind: Database) -> None:
    """What an administrator's shutdown, a statement limit or an idle limit ends is trouble that passes."""
    for provoke in (
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_sleep(10), set_config('statement_timeout', '20', true)",
        "SELECT set_config('idle_in_transaction_session_timeout', '20', true)",
    ):
        with pytest.raises(Exception) as ended:
            async with behind.transaction():
                await behind.execute("SELECT set_config('statement_timeout', '100', true)")
                await behind.fetch(provoke)
                await asyncio.sleep(0.1)
                await behind.fetch("SELECT 1")
        assert is_transient(ended.value), ended.value
    assert await _numbers(behind) == []


async def test_two_turns_that_wait_for_each_other_are_both_done_in_the_end(behind: Database) -> None:
    """Whoever is refused gets an error that can be tried again, and the second try succeeds."""
    await behind.execute("INSERT INTO tally VALUES (1), (2)")
    met = asyncio.Barrier(2)
    tries: list[BaseException] = []

    async def raise_both(first: int, second: int) -> None:
        async with behind.transaction():
            await behind.execute("UPDATE tally SET n = n + 10 WHERE n % 10 = ?", first)
            if not tries:
                await met.wait()
            await behind.execute("UPDATE tally SET n = n + 10 WHERE n % 10 = ?", second)

    async def patiently(first: int, second: int) -> None:
        try:
            await raise_both(first, second)
        except (asyncpg.PostgresError, OperationalError) as error:
            tries.append(error)
            await raise_both(first, second)

    await asyncio.gather(patiently(1, 2), patiently(2, 1))
    # A busy machine may refuse both: each then succeeds at its second try.
    assert tries and all(is_transient(error) for error in tries)
    assert await _numbers(behind) == [21, 22]


async def test_transactions_that_contradict_each_other_can_be_tried_again(behind: Database) -> None:
    """A serialization failure and a lock that is not waited for are trouble that passes."""
    await behind.execute("INSERT INTO tally VALUES (1)")
    with pytest.raises(Exception) as contradicted:
        async with behind.transaction():
            await behind.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await _numbers(behind)
            await asyncio.create_task(_beside(behind, "UPDATE tally SET n = 2"))
            await behind.execute("UPDATE tally SET n = 3")
    assert is_transient(contradicted.value)

    async with behind.transaction():
        await behind.execute("UPDATE tally SET n = 4")
        with pytest.raises(Exception) as locked:
            await asyncio.create_task(_beside(behind, "SELECT n FROM tally FOR UPDATE NOWAIT"))
    assert is_transient(locked.value)


async def _nobody() -> str:
    """An address of this machine at which nobody listens."""
    listener = await asyncio.start_server(lambda *streams: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return f"postgres://postgres@127.0.0.1:{port}/postgres"


async def _beside(database: Database, sql: str) -> None:
    """Run a statement on a connection that has nothing to do with Parley's."""
    connection = await asyncpg.connect(database.address.dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
