"""The set-up as one file: written out, compared, applied, and refused with the place of each mistake."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import founding, members, setup_file
from bot.config import ConfigError
from bot.config import Workspace as Settings
from bot.config.layers import line_of
from bot.database import Database
from bot.members import Newcomer
from bot.setup_file.reading import LARGEST, MOST_PROBLEMS
from models.change import Author, Change, last_said
from models.custom_field import CustomField
from models.deal import Deal, Pipeline, Stage
from models.member import Member, Role
from models.option import Option, OptionList
from models.rate import Rate
from models.room import Room
from models.team import Team
from models.undo import undo
from models.workspace import Visibility, Workspace

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)


@dataclass(slots=True)
class Office:
    """A workspace with an admin, a manager and a rep, and a folder for files."""

    database: Database
    workspace: Workspace
    admin: Member
    folder: Path
    applied: int = 0

    def file(self, text: str) -> Path:
        path = self.folder / "setup.toml"
        path.write_text(text, "utf-8")
        return path

    def author(self) -> Author:
        self.applied += 1
        return Author(self.admin, NOW, f"config {self.applied}")

    async def apply(self, text: str) -> list[str]:
        """Apply a file's text; all of it or nothing."""
        document = setup_file.read(self.file(text))
        async with self.database.transaction():
            return await setup_file.apply(document, await Workspace.get(), self.author())

    async def denied(self, text: str) -> str:
        """Apply what cannot be; returns why, and nothing was changed."""
        before = await self.exported()
        with pytest.raises(setup_file.Denied) as denied:
            await self.apply(text)
        assert await self.exported() == before
        return str(denied.value)

    async def exported(self) -> str:
        return await setup_file.exported(await Workspace.get())

    async def table(self, name: str) -> Any:
        return tomllib.loads(await self.exported())[name]


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    async with database.transaction():
        workspace = await founding.workspace(Settings(), now=NOW)
        for newcomer in (
            Newcomer("sam@acme.fr", "Sam", Role.ADMIN),
            Newcomer("nora@acme.fr", "Nora", Role.MANAGER, team="Sales"),
            Newcomer("lea@acme.fr", "Léa", team="Sales"),
        ):
            await members.add(newcomer, workspace, now=NOW)
    sam = await Member.get(email="sam@acme.fr").select_related("workspace")
    return Office(database, workspace, sam, tmp_path)


async def _deal(office: Office, stage: str) -> Deal:
    async with office.database.transaction():
        found = await Stage.get(name=stage, deleted_at=None)
        return await Deal.add(office.author(), name="Acme", stage_id=found.id)


WHOLE = """\
[workspace]
name = "Acme \\u0022Sales\\u0022"
currency = "USD"
country = "US"
zone = "America/New_York"
locale = "en-US"
visibility = "team"
week_start = "sunday"
fiscal_year_start = 4
[rates]
EUR = 1.08
GBP = "1.27"
[lists]
lost_reasons = ["Timing", "Price"]
lead_sources = ["Web"]
outcomes = ["Reached", "No answer"]
[[fields]]
record = "deal"
key = "budget"
label = "Budget (net)"
kind = "money"
[[fields]]
record = "contact"
key = "size"
label = "T-shirt"
kind = "choice"
choices = ["S", "M", "é"]
[[pipelines]]
name = "Direct"
was = "Sales"
[[pipelines.stages]]
name = "New"
probability = 10
[[pipelines.stages]]
name = "Offer"
was = "Proposal"
probability = 45
stale_days = 9
required = ["amount", "custom.budget"]
[[pipelines.stages]]
name = "Won"
kind = "won"
probability = 100
[[pipelines.stages]]
name = "Lost"
kind = "lost"
probability = 0
[[pipelines]]
name = "Partners"
default = true
stages = [
  { name = "Met", probability = 20 },
  { name = "Won", probability = 100, kind = "won" },
  { name = "Lost", probability = 0, kind = "lost" },
]
[[teams]]
name = "North"
was = "Sales"
manager = "nora@acme.fr"
members = ["Lea@acme.fr"]
[[teams]]
name = "South"
members = ["nora@acme.fr"]
[roles]
"nora@acme.fr" = "admin"
"""


# -- there and back ----------------------------------------------------------------------------------


async def test_what_was_written_out_changes_nothing(office: Office) -> None:
    """Of a new workspace, and of one that has everything."""
    assert await office.apply(await office.exported()) == []
    await office.apply(WHOLE)
    assert await office.apply(await office.exported()) == []


ROOMS = """\
[[rooms]]
platform = "telegram"
address = "-1001"
internal = true
posts = ["moves", "wins"]
posted_by = "Nora@acme.fr"
[[rooms]]
platform = "slack"
address = "C1"
posts = ["wins"]
"""


async def test_rooms_are_applied_and_written_out(office: Office) -> None:
    """Who reads them, what is posted, and with whose eyes; what is named no more has nothing said of it."""
    assert await office.apply(ROOMS) == ["+ rooms.telegram.-1001", "+ rooms.slack.C1"]
    telegram, slack = await Room.get(platform="telegram"), await Room.get(platform="slack")
    nora = await Member.get(email="nora@acme.fr")
    assert (telegram.internal, telegram.posts, telegram.posted_by_id) == (True, ["wins", "moves"], nora.id)
    assert (slack.internal, slack.posts, slack.posted_by_id) == (False, ["wins"], office.admin.id)
    assert await office.apply(ROOMS) == await office.apply(await office.exported()) == []
    assert await office.apply(ROOMS.replace('"moves", "wins"', '"wins"')) == [
        "~ rooms.telegram.-1001.posts: [wins, moves] → [wins]"
    ]
    assert await office.apply("rooms = []") == ["- rooms.slack.C1", "- rooms.telegram.-1001"]
    assert [(room.internal, room.posts, room.posted_by_id) for room in await Room.all()] == [
        (False, [], None)
    ] * 2
    assert "rooms = []" in await office.exported()


async def test_rooms_that_cannot_be_are_refused(office: Office) -> None:
    """A rep posts nothing; where others read no room is made internal; a topic must be one."""
    assert "lea@acme.fr is a rep" in await office.denied(ROOMS.replace("Nora@", "Lea@"))
    assert "there is no member" in await office.denied(ROOMS.replace("Nora@", "nobody@"))
    await office.apply(ROOMS.replace("internal = true", "internal = false"))
    await Room.all().update(outsiders=True)
    assert "others than colleagues read it" in await office.denied(ROOMS)
    for wrong in (ROOMS.replace('"moves"', '"dogs"'), ROOMS.replace('"moves"', '"wins"'), ROOMS + ROOMS):
        with pytest.raises(ConfigError):
            setup_file.read(office.file(wrong))


async def test_a_whole_file_is_applied_and_a_second_time_changes_nothing(office: Office) -> None:
    """Every row is as the file says; deals stay in the stage that was renamed."""
    deal = await _deal(office, "Proposal")
    lines = await office.apply(WHOLE)
    workspace = await Workspace.get()
    assert (workspace.name, workspace.visibility, workspace.week_start) == (
        'Acme "Sales"',
        Visibility.TEAM,
        6,
    )
    assert {rate.currency: rate.rate for rate in await Rate.of(workspace.id)} == {
        "EUR": "1.08",
        "GBP": "1.27",
    }
    reasons = await Option.of(workspace.id, OptionList.LOST_REASON)
    assert [option.name for option in reasons] == ["Timing", "Price"]
    offer = await Stage.get(id=deal.stage_id)
    assert (offer.name, offer.probability, offer.stale_days) == ("Offer", 45, 9)
    assert offer.required == ["amount", "custom.budget"]
    assert (await Pipeline.default_of(workspace.id)).name == "Partners"
    assert [field.label for field in await CustomField.all().order_by("id")] == ["Budget (net)", "T-shirt"]
    nora, lea = await Member.get(email="nora@acme.fr"), await Member.get(email="lea@acme.fr")
    north = await Team.get(name="North")
    assert (north.manager_id, lea.team_id, nora.role) == (nora.id, north.id, Role.ADMIN)
    assert "~ workspace.currency: EUR → USD" in lines
    assert "~ pipelines.Direct.Offer.probability: 50 → 45" in lines
    assert "- pipelines.Direct.Qualified" in lines
    assert await office.apply(WHOLE) == []


async def test_another_workspace_becomes_the_same(office: Office, second_empty_url: str) -> None:
    """One file carries the set-up from a database to another; only who is a member is not in it."""
    await office.apply(WHOLE)
    text = await office.exported()
    await office.database.close()
    other = Database(second_empty_url)
    await other.open()
    await other.migrate()
    async with other.transaction():
        workspace = await founding.workspace(Settings(), now=NOW)
        for email in ("sam@acme.fr", "nora@acme.fr", "lea@acme.fr"):
            await members.add(Newcomer(email, "X", Role.ADMIN), workspace, now=NOW)
    sam = await Member.get(email="sam@acme.fr").select_related("workspace")
    there = Office(other, workspace, sam, office.folder)
    await there.apply(text)
    assert await there.exported() == text
    await other.close()


async def test_what_a_file_leaves_out_stays(office: Office) -> None:
    """A part that is not there, and a value that is not there; a list that is there is the whole list."""
    before = tomllib.loads(await office.exported())
    assert await office.apply('[workspace]\ncountry = "BE"\n') == ["~ workspace.country: FR → BE"]
    assert await office.apply('[lists]\noutcomes = ["Reached"]\n') == [
        f"- lists.outcomes.{name}" for name in before["lists"]["outcomes"][1:]
    ]
    after = tomllib.loads(await office.exported())
    assert {name for name in before if before[name] != after[name]} == {"workspace", "lists"}
    assert await office.apply("") == []


async def test_each_difference_is_a_change_with_its_author(office: Office) -> None:
    """So that the admin's undo takes the whole file back, and the former set-up is there."""
    before = await office.exported()
    await office.apply(WHOLE)
    changes = await Change.filter(said="config 1")
    assert changes
    assert {change.member_id for change in changes} == {office.admin.id}
    assert await last_said(office.admin, since=NOW, removals_since=NOW) == "config 1"
    async with office.database.transaction():
        await undo(office.author(), "config 1")
    assert await office.exported() == before


async def test_names_like_our_own_words_are_names(office: Office) -> None:
    """Nothing in a file is read as anything else than text."""
    names = [
        "self",
        "what",
        "kind",
        "rows",
        "wanted",
        "new",
        "within",
        "name",
        "# x",
        "[y]",
        'q"uo\\te',
        "é ß ı",
    ]
    listed = ", ".join(f"'{name}'" for name in names)
    await office.apply(f"[lists]\nlost_reasons = [{listed}]\n")
    assert (await office.table("lists"))["lost_reasons"] == names
    stages = "".join(f"[[pipelines.stages]]\nname = '{name}'\nprobability = 1\n" for name in names)
    closing = (
        '[[pipelines.stages]]\nname="W"\nkind="won"\nprobability=100\n'
        '[[pipelines.stages]]\nname="L"\nkind="lost"\nprobability=0\n'
    )
    await office.apply(f'[[pipelines]]\nname = "self"\nwas = "Sales"\ndefault = true\n{stages}{closing}')
    assert [stage["name"] for stage in (await office.table("pipelines"))[0]["stages"]] == [*names, "W", "L"]
    assert await office.apply(await office.exported()) == []


async def test_no_secret_and_no_customer_is_written_out(office: Office) -> None:
    """Of people e-mail address, team and role; of deals and contacts nothing."""
    await _deal(office, "Proposal")
    text = await office.exported()
    assert "Acme" not in text and "Léa" not in text and "token" not in text
    assert await office.table("roles") == {
        "lea@acme.fr": "rep",
        "nora@acme.fr": "manager",
        "sam@acme.fr": "admin",
    }


# -- what cannot be done to this workspace -----------------------------------------------------------


def _pipeline(*stages: str) -> str:
    """A pipeline Sales of these open stages."""
    rows = [f'{{ name = "{name}", probability = 10 }}' for name in stages]
    rows += [
        '{ name = "Won", kind = "won", probability = 100 }',
        '{ name = "Lost", kind = "lost", probability = 0 }',
    ]
    return f'[[pipelines]]\nname = "Sales"\ndefault = true\nstages = [{", ".join(rows)}]\n'


async def test_a_stage_with_deals_stays(office: Office) -> None:
    """Its removal is refused with the reason, and nothing else of the file is done."""
    await _deal(office, "Proposal")
    why = await office.denied(_pipeline("New", "Qualified") + '[workspace]\ncountry = "BE"\n')
    assert why.startswith("pipelines.Sales.Proposal: 1 deal stand")
    assert "Move them" in why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[roles]\n"sam@acme.fr" = "rep"\n', "roles.sam@acme.fr: it is the only admin"),
        ('[roles]\n"who@acme.fr" = "rep"\n', "parley member add who@acme.fr"),
        ('[[teams]]\nname = "Sales"\nmanager = "lea@acme.fr"\n', "is a rep"),
        ('[[teams]]\nname = "Sales"\nmembers = ["who@acme.fr"]\n', "there is no member who@acme.fr"),
        ("[rates]\nEUR = 1\n", "the workspace's own currency"),
        (
            _pipeline("New").replace('"Won"', '"Won", required = ["custom.budget"]'),
            "deals have no custom.budget",
        ),
    ],
)
async def test_what_the_workspace_does_not_allow_is_refused(office: Office, text: str, words: str) -> None:
    """With what stands in the way, and what to do."""
    assert words in await office.denied(text)


async def test_a_field_that_is_required_or_of_another_kind_stays(office: Office) -> None:
    """A stage that requires it is named as what stands on it; values of one kind become no other's."""
    await office.apply(WHOLE)
    assert "1 stage stand on it" in await office.denied("fields = []\n")
    other = '[[fields]]\nrecord = "deal"\nkey = "budget"\nlabel = "Budget"\nkind = "text"\n'
    assert "its kind is money" in await office.denied(other)


async def test_admins_change_places(office: Office) -> None:
    """Who becomes an admin does so before the last one ends to be one."""
    lines = await office.apply('[roles]\n"sam@acme.fr" = "rep"\n"nora@acme.fr" = "admin"\n')
    assert lines == ["~ roles.nora@acme.fr: manager → admin", "~ roles.sam@acme.fr: admin → rep"]


# -- what is wrong with a file -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "key", "reason"),
    [
        ("\ncolour = 1\n", 2, "colour", "is not known"),
        ("[workspaces]\n", 1, "workspaces", "is not known"),
        ("workspace = 3\n", 1, "workspace", "must be a table"),
        ('[workspace]\nname = "x"\nvisiblity = "own"\n', 3, "workspace.visiblity", "is not known"),
        ('[workspace]\nvisibility = "all"\n', 2, "workspace.visibility", "cannot be 'all'"),
        ("[workspace]\ncurrency = 1\n", 2, "workspace.currency", "must be text, in quotes"),
        ('[workspace]\n\n\ncurrency = "EURO"\n', 4, "workspace.currency", "no currency in use"),
        ('[workspace]\nzone = "Europe/Pari"\n', 2, "workspace.zone", "no time zone"),
        ('[workspace]\nweek_start = "mon"\n', 2, "workspace.week_start", "cannot be 'mon'"),
        ("[workspace]\nfiscal_year_start = 13\n", 2, "workspace.fiscal_year_start", "is no month"),
        ('[workspace]\nname = " x"\n', 2, "workspace.name", "which is no name"),
        ("[rates]\nUSD = true\n", 2, "rates.USD", "must be a number"),
        ("[rates]\nUSD = -1\n", 2, "rates.USD", "must be a number above 0"),
        ("[rates]\nUSD = nan\n", 2, "rates.USD", "must be a number above 0"),
        ('[rates]\nUSD = "0,9"\n', 2, "rates.USD", "must be a number above 0"),
        ("[rates]\nXXQ = 1\n", 2, "rates.XXQ", "no currency in use"),
        ('[workspace]\ncurrency="USD"\n[rates]\nUSD = 1\n', 4, "rates.USD", "own currency"),
        ('[lists]\noutcomes = ["a",\n "A"]\n', 2, "lists.outcomes", 'has "A" twice'),
        ('[lists]\noutcomes = "a"\n', 2, "lists.outcomes", "must be a list"),
        ('[lists]\noutcomes = ["a\\u001b[2J"]\n', 2, "lists.outcomes", "which is no name"),
        (
            '[[fields]]\nrecord = "deal"\nkey = "A b"\nlabel = "x"\nkind = "text"\n',
            3,
            "fields.key",
            "is no key",
        ),
        ('[[fields]]\nrecord = "house"\n', 2, "fields.record", "cannot be 'house'"),
        (
            '[[fields]]\nrecord = "deal"\nkey = "a"\nlabel = "x"\nkind = "choice"\n',
            1,
            "fields",
            "wrong choices",
        ),
        ("pipelines = []\n", 1, "pipelines", "must have one with default"),
        ('[[pipelines]]\nname = "x"\n', 1, "pipelines", "lacks stages"),
        (
            _pipeline("New") + '[[pipelines.stages]]\nname = "x"\nprobability = "y"\n',
            None,
            "",
            "not valid TOML",
        ),
        (
            '[[pipelines]]\nname = "x"\ndefault = true\n\n'
            '[[pipelines.stages]]\nname = "n"\nprobability = 101\n'
            '[[pipelines.stages]]\nname="W"\nkind="won"\nprobability=100\n'
            '[[pipelines.stages]]\nname="L"\nkind="lost"\nprobability=0\n',
            7,
            "pipelines.stages.probability",
            "from 0 to 100",
        ),
        (_pipeline("New", "new"), 4, "pipelines.stages.name", 'has "new" twice'),
        (
            _pipeline("New").replace("= 100", "= 99"),
            4,
            "pipelines.stages.probability",
            "is 100 for a won stage",
        ),
        (_pipeline("New").replace('kind = "lost"', 'kind = "open"'), 4, "pipelines.stages", 'kind = "lost"'),
        (
            _pipeline("New").replace("= 10 ", '= 10, required = ["colour"] '),
            4,
            "pipelines.stages.required",
            "no field",
        ),
        (
            '[[teams]]\nname = "x"\nmembers = ["a@b.fr"]\n[[teams]]\nname = "y"\nmembers = ["A@b.fr"]\n',
            6,
            "teams.members",
            "twice",
        ),
        ('[[teams]]\nname = "x"\nmanager = "nobody"\n', 3, "teams.manager", "no e-mail address"),
        ('[roles]\n"a@b.fr" = "boss"\n', 2, "roles.a@b.fr", "cannot be 'boss'"),
        ("[roles]\nnobody = 'rep'\n", 2, "roles.nobody", "no e-mail address"),
        ("[workspace\n", 1, "", "not valid TOML"),
        ("[workspace]\nname = 1\nname = 2\n", 3, "", "not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, text: str, line: int | None, key: str, reason: str
) -> None:
    """File, line, key, what is wrong, and what to do."""
    path = tmp_path / "setup.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as wrong:
        setup_file.read(path)
    problem = wrong.value.problems[0]
    assert reason in problem.reason
    assert problem.file == str(path)
    assert problem.key == key
    assert line is None or problem.line == line
    assert problem.remedy.endswith((".", "?", "FILE", "…"))


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b"\0" * 100,
        b"x = " + b"9" * 10_000,
        b"x = " + b"[" * 5_000,
        b"[rates]\nUSD = " + b"9" * 4_000,
        b"[roles]\n" + b"'a\x00' = 1",
        b"#" * (LARGEST + 1),
        b"[lists]\noutcomes = [" + b"'x'," * 20_000 + b"]",
        b"[lists]\noutcomes = [\n" + b"1,\n" * 5_000 + b"]",
        b"[[pipelines]]\n" * 10_000,
        "[workspace]\nname = '\u202e'\n[lists]\noutcomes = [[]]".encode(),
        b"[[pipelines]]\nname = {}\nstages = [1979-05-27, {stages = []}]",
    ],
)
def test_a_hostile_file_is_refused_in_a_few_lines(tmp_path: Path, raw: bytes) -> None:
    """Broken, too large, nested without end: never an error of ours, never a page of them."""
    path = tmp_path / "setup.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as wrong:
        setup_file.read(path)
    assert 1 <= len(wrong.value.problems) <= MOST_PROBLEMS
    assert len(str(wrong.value)) < 20_000


@pytest.mark.parametrize("path", ["nothing.toml", "."])
def test_a_file_that_is_none_is_refused(tmp_path: Path, path: str) -> None:
    """With what to do."""
    with pytest.raises(ConfigError, match=r"no such file|cannot be read"):
        setup_file.read(tmp_path / path)


def test_the_line_of_a_value_in_a_list_of_tables_is_found() -> None:
    """Counted from the top, however long the file is."""
    text = "".join(f'[[teams]]\nname = "{number}"\n\nmembers = [\n]\n' for number in range(200))
    assert line_of(text, ("teams", 0, "name")) == 2
    assert line_of(text, ("teams", 137)) == 137 * 5 + 1
    assert line_of(text, ("teams", 199, "members")) == 199 * 5 + 4


async def test_a_new_workspace_has_the_usual_set_up(office: Office) -> None:
    """A pipeline from New to Won and Lost, with its figures, five lost reasons; before any file."""
    (pipeline,) = await office.table("pipelines")
    figures = [
        (stage["name"], stage["probability"], stage.get("stale_days"), stage.get("kind", "open"))
        for stage in pipeline["stages"]
    ]
    assert figures == [
        ("New", 10, 7, "open"),
        ("Qualified", 25, 7, "open"),
        ("Proposal", 50, 5, "open"),
        ("Negotiation", 75, 5, "open"),
        ("Won", 100, None, "won"),
        ("Lost", 0, None, "lost"),
    ]
    assert pipeline["default"] is True
    reasons = (await office.table("lists"))["lost_reasons"]
    assert reasons == ["Price", "Competitor", "No budget", "No decision", "Not a fit"]
