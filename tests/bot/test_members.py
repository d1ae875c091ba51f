"""Members, as the command line adds, invites and shuts them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import founding, members
from bot.config import Workspace as Settings
from bot.database import Database
from bot.members import Newcomer
from bot.refused import Refused
from models.errors import NotFound
from models.member import ChatIdentity, Invitation, Member, Role, link
from models.team import Team
from models.workspace import Workspace

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
LEA = Newcomer("Lea@Acme.FR", "  Léa \t Martin ", language="fr", zone="Europe/Paris")


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    async with database.transaction():
        return await founding.workspace(Settings(), now=NOW)


async def add(database: Database, workspace: Workspace, newcomer: Newcomer = LEA) -> Member:
    async with database.transaction():
        return await members.add(newcomer, workspace, now=NOW)


async def test_a_member_is_stored_as_typed_but_tidy(database: Database, workspace: Workspace) -> None:
    """The address in small letters, the name without stray white space."""
    await add(database, workspace)
    stored = await Member.get()
    found = (stored.email, stored.name, stored.role, stored.locale, stored.zone, stored.active)
    assert found == ("lea@acme.fr", "Léa Martin", Role.REP, "fr-FR", "Europe/Paris", True)


@pytest.mark.parametrize(
    ("given", "country", "expected"),
    [
        ({}, "FR", "en-GB"),
        ({"language": "en"}, "FR", "en-GB"),
        ({"language": "fr"}, "FR", "fr-FR"),
        ({"language": "fr"}, "CH", "fr-CH"),
        ({"language": "fr"}, "US", "fr-FR"),
        ({"language": "fr", "locale": "fr-CA"}, "FR", "fr-CA"),
        ({"locale": "en-US"}, "FR", "en-US"),
    ],
)
async def test_the_locale_follows_from_what_was_given(
    database: Database, workspace: Workspace, given: dict[str, str], country: str, expected: str
) -> None:
    """The locale as typed; else the workspace's in its language; else the language of its country."""
    workspace.country = country
    newcomer = Newcomer("x@acme.fr", "X", **given)  # type: ignore[arg-type]
    assert (await add(database, workspace, newcomer)).locale == expected


@pytest.mark.parametrize(
    ("newcomer", "words"),
    [
        (Newcomer("acme.fr", "X"), "no e-mail address"),
        (Newcomer("a@b@c", "X"), "no e-mail address"),
        (Newcomer("x\0@acme.fr", "X"), "no e-mail address"),
        (Newcomer("x@acme.fr", " "), "1 to 200 letters"),
        (Newcomer("x@acme.fr", "X" * 201), "1 to 200 letters"),
        (Newcomer("x@acme.fr", "X\0Y"), "1 to 200 letters"),
        (Newcomer("x@acme.fr", "X\ud800"), "1 to 200 letters"),
        (Newcomer("x@acme.fr", "X", zone="Europe/Pari"), "Did you mean Europe/Paris?"),
        (Newcomer("x@acme.fr", "X", zone="Mars/Olympus Mons"), "no time zone"),
        (Newcomer("x@acme.fr", "X", language="de"), "no locale that Parley speaks"),
        (Newcomer("x@acme.fr", "X", locale="fr"), "no locale that Parley speaks"),
        (Newcomer("x@acme.fr", "X", language="fr", locale="en-GB"), "contradict"),
        (Newcomer("x@acme.fr", "X", team="Sales", manager="nobody@acme.fr"), "no member nobody@acme.fr"),
        (Newcomer("x@acme.fr", "X", team=" \0"), "1 to 200 letters"),
    ],
)
async def test_what_cannot_be_right_is_refused_and_nothing_is_written(
    database: Database, workspace: Workspace, newcomer: Newcomer, words: str
) -> None:
    """One sentence with the remedy; no member and no team is left behind."""
    with pytest.raises(Refused, match=words.replace("?", r"\?")):
        await add(database, workspace, newcomer)
    assert await Member.all().count() == 0
    assert await Team.all().count() == 0


async def test_an_address_is_taken_once_however_it_is_written(
    database: Database, workspace: Workspace
) -> None:
    """LEA@ACME.FR is lea@acme.fr."""
    await add(database, workspace)
    with pytest.raises(Refused, match=r"lea@acme.fr is a member already"):
        await add(database, workspace, Newcomer("LEA@ACME.FR", "Other"))
    assert (await Member.get()).name == "Léa Martin"


async def test_addresses_of_a_company_s_own_network_are_accepted(
    database: Database, workspace: Workspace
) -> None:
    """A domain that the rest of the world cannot reach is an address too."""
    for email in ("lea@intranet", "lea@acme.test", "lea@acme.local"):
        assert (await add(database, workspace, Newcomer(email, "Léa"))).email == email


async def test_teams_are_made_and_managed(database: Database, workspace: Workspace) -> None:
    """A manager who joins a team without one manages it; reps join by its name or by its manager."""
    nora = await add(database, workspace, Newcomer("nora@acme.fr", "Nora", Role.MANAGER, team="North"))
    lea = await add(database, workspace, Newcomer("lea@acme.fr", "Léa", team="North"))
    marc = await add(database, workspace, Newcomer("marc@acme.fr", "Marc", manager="nora@acme.fr"))
    team = await Team.get()
    assert team.manager_id == nora.id
    assert {lea.team_id, marc.team_id, nora.team_id} == {team.id}
    assert await nora.leads(lea.id)


async def test_a_team_gets_the_manager_that_is_named(database: Database, workspace: Workspace) -> None:
    """--team with --manager gives an existing team its manager."""
    await add(database, workspace, Newcomer("lea@acme.fr", "Léa", team="North"))
    boss = await add(database, workspace, Newcomer("boss@acme.fr", "Boss", Role.ADMIN))
    await add(database, workspace, Newcomer("marc@acme.fr", "Marc", team="North", manager="boss@acme.fr"))
    assert (await Team.get()).manager_id == boss.id


@pytest.mark.parametrize(
    ("newcomer", "words"),
    [
        (Newcomer("x@acme.fr", "X", team="North", manager="lea@acme.fr"), "is a rep"),
        (Newcomer("x@acme.fr", "X", manager="boss@acme.fr"), "manages no team"),
        (Newcomer("x@acme.fr", "X", manager="nora@acme.fr"), "manages several teams"),
    ],
)
async def test_a_manager_who_cannot_be_meant_is_refused(
    database: Database, workspace: Workspace, newcomer: Newcomer, words: str
) -> None:
    """A rep manages nobody, and without --team the manager's only team is meant."""
    await add(database, workspace, Newcomer("lea@acme.fr", "Léa"))
    await add(database, workspace, Newcomer("boss@acme.fr", "Boss", Role.ADMIN))
    await add(database, workspace, Newcomer("nora@acme.fr", "Nora", Role.MANAGER, team="North"))
    await Team.create(workspace=workspace, name="South", manager_id=(await Member.get(name="Nora")).id)
    with pytest.raises(Refused, match=words):
        await add(database, workspace, newcomer)


async def invite(database: Database, workspace: Workspace, email: str = "lea@acme.fr") -> str:
    async with database.transaction():
        return await members.invite(email, workspace, now=NOW)


async def test_an_invitation_is_128_bits_stored_as_a_digest_and_works_once_within_a_day(
    database: Database, workspace: Workspace
) -> None:
    """The code itself is nowhere in the database; used or a day old it is worth nothing."""
    member = await add(database, workspace)
    first, second = await invite(database, workspace), await invite(database, workspace)
    assert first != second
    assert len(first) == 22, "16 bytes in URL-safe base64"
    rows = await database.fetch("SELECT * FROM invitation")
    assert first not in str(rows)
    assert (await Invitation.redeem(first, now=NOW + timedelta(hours=23, minutes=59))).id == member.id
    with pytest.raises(NotFound):
        await Invitation.redeem(first, now=NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        await Invitation.redeem(second, now=NOW + timedelta(hours=24))


async def test_only_members_are_invited(database: Database, workspace: Workspace) -> None:
    """Nobody unknown, nobody who was shut out; the sentence says how to add them."""
    with pytest.raises(Refused, match=r"parley member add lea@acme\.fr"):
        await invite(database, workspace)
    await add(database, workspace)
    await deactivate(database, workspace)
    with pytest.raises(Refused, match="no longer a member"):
        await invite(database, workspace)


async def deactivate(database: Database, workspace: Workspace) -> Member:
    async with database.transaction():
        return await members.deactivate("lea@acme.fr", workspace, now=NOW)


async def test_whoever_is_shut_out_cannot_come_in_by_an_old_code(
    database: Database, workspace: Workspace
) -> None:
    """Deactivating makes the codes that are still out worthless."""
    await add(database, workspace)
    code = await invite(database, workspace)
    await deactivate(database, workspace)
    assert not (await Member.get()).active
    with pytest.raises(NotFound):
        await Invitation.redeem(code, now=NOW)
    with pytest.raises(Refused, match="no longer a member"):
        await deactivate(database, workspace)


async def test_a_former_member_comes_back_without_the_old_accounts(
    database: Database, workspace: Workspace
) -> None:
    """The same row with its records, renamed; who holds the old chat accounts today is unknown."""
    before = await add(database, workspace)
    await link(before, platform="telegram", team="", user="7", address="7", now=NOW)
    await deactivate(database, workspace)
    after = await add(database, workspace, Newcomer("lea@acme.fr", "Léa Blanc", Role.MANAGER, locale="fr-CH"))
    assert after.id == before.id
    stored = await Member.get()
    assert (stored.name, stored.role, stored.locale, stored.active) == (
        "Léa Blanc",
        Role.MANAGER,
        "fr-CH",
        True,
    )
    assert await ChatIdentity.all().count() == 0


async def test_the_list_shows_everybody_with_their_accounts(database: Database, workspace: Workspace) -> None:
    """One row each under a head, by name, with platforms but no account numbers."""
    lea = await add(database, workspace)
    await add(database, workspace, Newcomer("anna@acme.fr", "Anna", Role.MANAGER, team="North"))
    await link(lea, platform="telegram", team="", user="71234", address="71234", now=NOW)
    await link(lea, platform="slack", team="T1", user="U1", address="D1", now=NOW)
    rows = await members.table(workspace)
    assert [row[0] for row in rows] == ["NAME", "Anna", "Léa Martin"]
    assert rows[1] == ("Anna", "anna@acme.fr", "manager", "North", "en-GB", "Europe/Paris", "-", "active")
    assert rows[2][6] == "slack, telegram"
    lines = members.columns(rows).splitlines()
    assert {line.index(cell) for line, cell in zip(lines, ("E-MAIL", "anna@", "lea@"), strict=True)} == {12}


def test_columns_stand_under_one_another_whatever_a_name_holds() -> None:
    """Wide signs count for two, and a name can neither turn the line around nor steer the terminal."""
    rows = [("NAME", "E-MAIL"), ("田中", "t@b.jp"), ("Lé\u202ea\x1b[2J", "l@b.fr")]
    assert members.columns(rows).splitlines() == [
        "NAME             E-MAIL",
        "田中             t@b.jp",
        "Lé<U+202E>a␛[2J  l@b.fr",
    ]
