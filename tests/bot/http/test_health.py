"""What supervisors, proxies and Prometheus are told of a process at work."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import SimulatedClock
from bot.config.schema import Http
from bot.platform import Unavailable
from bot.reading_back import lease_of
from models.messaging.lease import Lease
from models.notification import Notification
from tests.bot.http.serving import Served, get, serving
from tests.bot.machine import LEA, MARC, NOW, member, overheard
from tests.emulators.chat_in_memory import ChatService
from tests.postgres import Administrator
from tests.proxy import proxied, through

TOKEN = "metrics-token-of-a-test"


def heard(at: datetime | None = NOW) -> ChatService:
    """A service that gave a sign at that time."""
    service = ChatService()
    service.last_heard = at
    return service


async def asked(server: Served, path: str) -> tuple[int, dict[str, object]]:
    """The status, and what was said."""
    said = await server.says(get(path))
    return int(said.split(b" ")[1]), json.loads(said.partition(b"\r\n\r\n")[2])


async def figures(server: Served) -> dict[str, float]:
    """Every sample of /metrics, by its name and the values of its labels in the order of their names."""
    said = await server.says(get("/metrics", f"Authorization: Bearer {TOKEN}"))
    assert said.startswith(b"HTTP/1.1 200"), said
    families = text_string_to_metric_families(said.partition(b"\r\n\r\n")[2].decode())
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for family in families
        for sample in family.samples
    }


async def test_a_process_at_work_is_alive_and_ready(database_url: str, clock: SimulatedClock) -> None:
    """200 on both, with the parts by name and nothing else."""
    async with serving(database_url, clock, heard()) as (app, server):
        await app.auditor.audit()
        late = {"inbox_late": 0, "outbox_late": 0, "due_late": 0}
        assert await asked(server, "/healthz") == (200, {"status": "ok", "audited": True, **late})
        parts = {"database": "ok", "schema": "ok", "telegram": "ok"}
        assert await asked(server, "/readyz") == (200, {"status": "ok", **parts})


async def test_what_does_not_move_makes_it_ill(database_url: str, clock: SimulatedClock) -> None:
    """A push that is late by a minute; and a count that is older than three."""
    async with serving(database_url, clock, heard(None)) as (app, server):
        await app.auditor.audit()
        await Notification.once(member=await member(LEA), kind="none", key="k", record_id=1, due_at=NOW)
        clock.advance_to(NOW + timedelta(seconds=61))
        await app.auditor.audit()
        status, said = await asked(server, "/healthz")
        assert (status, said["due_late"]) == (503, 1)
        await Notification.all().delete()
        await app.auditor.audit()
        assert (await asked(server, "/healthz"))[0] == 200
        clock.advance_to(clock.now() + timedelta(minutes=3, seconds=1))
        assert await asked(server, "/healthz") == (
            503,
            {"status": "unavailable", "audited": False, "inbox_late": 0, "outbox_late": 0, "due_late": 0},
        )


async def test_it_is_ready_once_its_platforms_have_given_a_sign(
    database_url: str, clock: SimulatedClock
) -> None:
    """Not connected, then deaf, then well; and well too where another process has the platform."""
    service = heard()
    async with serving(database_url, clock, service) as (_, server):
        for sign, status, word in (
            (None, 503, "not connected"),
            (NOW - timedelta(seconds=91), 503, "deaf"),
            (NOW, 200, "ok"),
        ):
            service.last_heard = sign
            clock.advance_to(clock.now() + timedelta(seconds=1))
            answer = await asked(server, "/readyz")
            assert (answer[0], answer[1]["telegram"]) == (status, word)
            service.last_heard = NOW
        service.last_heard = None
        until = clock.now() + timedelta(minutes=1)
        await Lease.filter(name=lease_of("telegram")).update(holder="another", expires_at=until)
        clock.advance_to(clock.now() + timedelta(seconds=1))
        assert (await asked(server, "/readyz"))[1]["telegram"] == "standby"


async def test_who_asks_too_often_does_not_ask_the_database(sqlite_url: str, clock: SimulatedClock) -> None:
    """Within a second the same is told again."""
    service = heard()
    async with serving(sqlite_url, clock, service) as (_, server):
        assert (await asked(server, "/readyz"))[0] == 200
        service.last_heard = None
        assert (await asked(server, "/readyz"))[0] == 200
        clock.advance_to(clock.now() + timedelta(seconds=1))
        assert (await asked(server, "/readyz"))[0] == 503


@pytest.mark.postgresql
async def test_without_its_database_it_is_not_ready(
    postgres: Administrator, postgres_url: str, clock: SimulatedClock
) -> None:
    """503 while the database cannot be reached, 200 as soon as it can."""
    async with (
        proxied(postgres.server) as proxy,
        serving(through(proxy, postgres_url), clock, heard()) as (_, server),
    ):
        assert (await asked(server, "/readyz"))[0] == 200
        proxy.refuse()
        clock.advance_to(clock.now() + timedelta(seconds=2))
        status, said = await asked(server, "/readyz")
        assert (status, said["database"]) == (503, "not reachable")
        proxy.admit()
        clock.advance_to(clock.now() + timedelta(seconds=2))
        assert (await asked(server, "/readyz"))[0] == 200


async def test_the_figures_tell_what_was_done_and_what_waits(
    database_url: str, clock: SimulatedClock
) -> None:
    """Turns with their times, deliveries by outcome, what waits and since when, and the process's memory."""
    service = heard()
    async with serving(database_url, clock, service, http=Http(metrics_token=TOKEN)) as (app, server):
        await app.receive("telegram", [service.says(MARC, "about"), service.says("stranger", "hello")])
        await service.shows(MARC, "Parley")
        await service.shows("stranger", "I do not know you yet.")
        service.refuses(Unavailable("down"), times=None)
        with overheard() as log:
            await app.receive("telegram", [service.says(LEA, "about")])
            await log.hears("not sent yet")
        clock.advance_to(NOW + timedelta(seconds=30))
        found = await figures(server)
    assert found["parley_turns_total ok telegram"] == 2
    assert found["parley_turns_total stranger telegram"] == 1
    assert found["parley_turn_seconds_count telegram"] == 3
    assert found["parley_turn_seconds_bucket +Inf telegram"] == 3
    assert found["parley_deliveries_total sent telegram"] == 2
    assert found["parley_deliveries_total unavailable telegram"] >= 1
    assert found["parley_outbox_waiting telegram"] == 1
    assert found["parley_outbox_oldest_seconds telegram"] == 30
    assert found["parley_last_heard_seconds telegram"] == 30
    assert found["parley_inbox_quarantined"] == 0
    assert found["parley_due_unsent"] == 0
    assert found["process_resident_memory_bytes"] > 10_000_000


async def test_the_figures_are_for_who_has_the_token(sqlite_url: str, clock: SimulatedClock) -> None:
    """Without one in the configuration there are none; a wrong, a missing and a doubled one are refused."""
    async with serving(sqlite_url, clock, heard()) as (_, server):
        assert await server.status(get("/metrics")) == 404
    async with serving(sqlite_url, clock, heard(), http=Http(metrics_token=TOKEN)) as (_, server):
        right = f"Authorization: Bearer {TOKEN}"
        for headers in ((), ("Authorization: Bearer x",), (f"Authorization: Basic {TOKEN}",), (right, right)):
            assert await server.status(get("/metrics", *headers)) == 401
        assert await server.status(get("/metrics", right)) == 200


async def test_nothing_of_people_stands_in_it(sqlite_url: str, clock: SimulatedClock) -> None:
    """No name, no address, no text, no token, in any of the three."""
    service = heard()
    async with serving(sqlite_url, clock, service, http=Http(metrics_token=TOKEN)) as (app, server):
        await app.receive("telegram", [service.says(MARC, "contact new Zelda Canary zelda@canary.example")])
        await service.shows(MARC, "Zelda Canary")
        with overheard() as log:
            said = b"".join(
                [
                    await server.says(get(path, f"Authorization: Bearer {TOKEN}"))
                    for path in ("/healthz", "/readyz", "/metrics")
                ]
            )
    for canary in (b"anary", b"marc", TOKEN.encode()):
        assert canary not in said
        assert canary.decode() not in str(log.lines)
