"""Bringing a workspace to what a set-up file says, by the rules that the chat has too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import UNSET

from bot.setup_file.denied import Denied
from bot.setup_file.document import WEEKDAYS, Document, FieldTable, PipelineTable, StageTable, TeamTable
from bot.setup_file.rooms import Rooms
from models.change import Author, plain
from models.custom_field import CustomField
from models.deal import Deal, Pipeline, Stage
from models.errors import Indispensable, InUse, NameTaken, RuleRefused
from models.member import Member, Role, address
from models.named import Named, place
from models.option import Option, OptionList
from models.rate import Rate, change_currency
from models.search import fold
from models.team import Team
from models.workspace import Workspace

N = TypeVar("N", bound=Named)


async def apply(document: Document, workspace: Workspace, by: Author) -> list[str]:
    """Write what differs; returns the differences, one line each. Inside a transaction.

    A second time there is none.

    Raises:
        Denied: something stands in the way; what was written until then must be rolled back.
    """
    await workspace.hold()
    applying = _Applying(document, workspace, by)
    await applying.all()
    return applying.lines


class _Applying:
    """One file on its way into one workspace; ``lines`` are the differences so far."""

    def __init__(self, document: Document, workspace: Workspace, by: Author) -> None:
        self.document = document
        self.workspace = workspace
        self.by = by
        self.here = {"workspace_id": workspace.id}
        self.lines = list[str]()

    async def all(self) -> None:
        """Each part after what it stands on; a field goes when no stage requires it any more."""
        await self._workspace()
        await self._rates()
        await self._lists()
        await self._add_fields()
        await self._pipelines()
        await self._remove_fields()
        await self._roles()
        await self._teams()
        await Rooms(self.document, self.workspace, self.by, self.lines).all()

    def say(self, sign: str, what: str, details: str = "") -> None:
        self.lines.append(f"{sign} {what}: {details}" if details else f"{sign} {what}")

    async def write(self, row: Any, what: str, **values: Any) -> None:
        """Write the columns that differ, and say so."""
        for name, (before, after) in (await row.write(self.by, **values)).items():
            self.say("~", f"{what}.{name}", f"{_shown(before)} → {_shown(after)}")

    async def _workspace(self) -> None:
        given = {
            name: getattr(self.document.workspace, name)
            for name in self.document.workspace.__struct_fields__
            if getattr(self.document.workspace, name) is not UNSET
        }
        currency = given.pop("currency", self.workspace.currency)
        if currency != self.workspace.currency:
            self.say("~", "workspace.currency", f"{self.workspace.currency} → {currency}")
            await change_currency(self.by, self.workspace, currency)
        if "week_start" in given:
            given["week_start"] = WEEKDAYS.index(given["week_start"])
        await self.write(self.workspace, "workspace", **given)

    async def _rates(self) -> None:
        if self.document.rates is UNSET:
            return
        known = {rate.currency: rate for rate in await Rate.of(self.workspace.id)}
        for currency, figure in self.document.rates.items():
            if currency == self.workspace.currency:
                raise Denied(f"rates.{currency}: it is the workspace's own currency. Remove it.")
            wanted = Rate.checked(Decimal(figure))
            before = known[currency].rate if currency in known else None
            if before != wanted:
                await Rate.set(self.by, currency, Decimal(figure))
                self.say("~" if before else "+", f"rates.{currency}", f"{_shown(before)} → {wanted}")
        for currency in known.keys() - self.document.rates.keys():
            await known[currency].write(self.by, deleted_at=self.by.now)
            self.say("-", f"rates.{currency}")

    # -- lists -----------------------------------------------------------------------------------

    async def _lists(self) -> None:
        for name, which in _LISTS.items():
            wanted = getattr(self.document.lists, name)
            if wanted is not UNSET:
                await self._list(f"lists.{name}", which, wanted)

    async def _list(self, what: str, which: OptionList, wanted: Sequence[str]) -> None:
        rows = await Option.of(self.workspace.id, which)
        within = {**self.here, "list": which}
        kept = await self._named(Option, what, rows, dict.fromkeys(wanted, ""), within=within, new={})
        for row in rows:
            if row not in kept:
                await self._remove(row, what)
        await self._order(what, kept, rows)

    async def _named(
        self,
        kind: type[N],
        what: str,
        rows: Sequence[N],
        wanted: Mapping[str, str],
        *,
        within: Mapping[str, Any],
        new: Mapping[str, Mapping[str, Any]],
    ) -> list[N]:
        """The row for each wanted name: the one so called, the one it ``was``, or a new one."""
        kept = list[N]()
        for name, was in wanted.items():
            row = _called(rows, name) or (_called(rows, was) if was else None)
            if row is None or row in kept:
                row = await self._rules(what, kind.make(self.by, name, within, **new.get(name, {})))
                self.say("+", f"{what}.{name}")
            elif row.name != name:
                before = row.name
                await self._rules(what, row.rename(self.by, name))
                self.say("~", f"{what}.{name}", f"was {before}")
            kept.append(row)
        return kept

    async def _remove(self, row: Named, what: str) -> None:
        await self._rules(f"{what}.{row.name}", row.remove(self.by))
        self.say("-", f"{what}.{row.name}")

    async def _order(self, what: str, rows: Sequence[Any], former: Sequence[Any]) -> None:
        """Number the rows as they stand, and say so where those there were stood otherwise."""
        if rows:
            await place(self.by, list(rows[1:]), rows[0], 0)
        if [row for row in former if row in rows] != [row for row in rows if row in former]:
            self.say("~", f"{what} order", ", ".join(row.name for row in rows))

    async def _rules(self, what: str, doing: Any) -> Any:
        """Raises: Denied, where a rule of the CRM refuses."""
        try:
            return await doing
        except RuleRefused as error:
            raise Denied(f"{what}: {_reason(error)}") from error

    # -- fields ----------------------------------------------------------------------------------

    async def _own_fields(self) -> dict[tuple[str, str], CustomField]:
        rows = await CustomField.filter(**self.here)
        return {(row.entity, row.key): row for row in rows}

    async def _add_fields(self) -> None:
        known = await self._own_fields()
        for field in [] if self.document.fields is UNSET else self.document.fields:
            await self._field(field, known.get((field.record, field.key)))

    async def _field(self, field: FieldTable, row: CustomField | None) -> None:
        what = f"fields.{field.record}.{field.key}"
        values = {"label": field.label, "choices": field.choices}
        if row is None:
            await CustomField.enter(self.by, entity=field.record, key=field.key, kind=field.kind, **values)
            self.say("+", what, f"{field.label}, {field.kind.value}")
            return
        if row.kind is not field.kind:
            remedy = "Values of one kind cannot become another's: choose another key."
            raise Denied(f"{what}: its kind is {row.kind.value}. {remedy}")
        if row.deleted_at is not None:
            await row.write(self.by, deleted_at=None, **values)
            self.say("+", what, f"{field.label}, {field.kind.value}")
        await self.write(row, what, **values)

    async def _remove_fields(self) -> None:
        if self.document.fields is UNSET:
            return
        wanted = {(field.record, field.key) for field in self.document.fields}
        for (entity, key), row in (await self._own_fields()).items():
            if (entity, key) not in wanted and row.deleted_at is None:
                what = f"fields.{entity}.{key}"
                await self._rules(what, row.remove(self.by))
                self.say("-", what)

    # -- pipelines -------------------------------------------------------------------------------

    async def _pipelines(self) -> None:
        if self.document.pipelines is UNSET:
            return
        rows = await Pipeline.of(self.workspace.id)
        wanted = {pipeline.name: pipeline.was for pipeline in self.document.pipelines}
        kept = await self._named(Pipeline, "pipelines", rows, wanted, within=self.here, new={})
        for pipeline, table in zip(kept, self.document.pipelines, strict=True):
            await self._stages(pipeline, table)
        default = next(row for row, table in zip(kept, self.document.pipelines, strict=True) if table.default)
        if not default.is_default:
            await default.make_default(self.by)
            self.say("~", f"pipelines.{default.name}.default", "false → true")
        for row in await Pipeline.of(self.workspace.id):
            if row.id not in {each.id for each in kept}:
                await self._remove(row, "pipelines")

    async def _stages(self, pipeline: Pipeline, table: PipelineTable) -> None:
        what = f"pipelines.{pipeline.name}"
        own = await self._own_fields()
        for stage in table.stages:
            self._require_known(f"{what}.{stage.name}", stage, own)
        values = {
            stage.name: {
                "position": number,
                "probability": stage.probability,
                "kind": stage.kind,
                "stale_days": stage.stale_days,
                "required": list(stage.required),
            }
            for number, stage in enumerate(table.stages)
        }
        rows, wanted = await pipeline.in_order(), {stage.name: stage.was for stage in table.stages}
        within = {"pipeline_id": pipeline.id}
        kept = await self._named(Stage, what, rows, wanted, within=within, new=values)
        for row in kept:
            await self._stage(row, f"{what}.{row.name}", dict(values[row.name]))
        for row in rows:
            if row not in kept:
                await self._remove(row, what)
        await self._order(what, kept, rows)

    def _require_known(
        self, what: str, stage: StageTable, own: Mapping[tuple[str, str], CustomField]
    ) -> None:
        """Raises: Denied, where it requires a field of one's own that deals do not have."""
        for column in stage.required:
            field = own.get((Deal.KIND, column.removeprefix("custom.")))
            if column.startswith("custom.") and (field is None or field.deleted_at is not None):
                raise Denied(f"{what}.required: deals have no {column}. Add it to [[fields]].")

    async def _stage(self, stage: Stage, what: str, values: dict[str, Any]) -> None:
        del values["position"]  # which is said as an order
        if stage.kind is not values["kind"] and (n := await stage.uses()):
            raise Denied(f"{what}.kind: {n} deals stand in it. Move them first.")
        await self.write(stage, what, **values)

    # -- people ----------------------------------------------------------------------------------

    async def _member(self, what: str, email: str) -> Member:
        """Raises: Denied, where there is none who is active."""
        member = await Member.get_or_none(**self.here, email=address(email), active=True)
        if member is None:
            raise Denied(f"{what}: there is no member {email}. First: parley member add {email} --name NAME")
        return member

    async def _roles(self) -> None:
        """Who becomes an admin does so first: there is one at every moment."""
        wanted = {} if self.document.roles is UNSET else self.document.roles
        for email, role in sorted(wanted.items(), key=lambda pair: pair[1] is not Role.ADMIN):
            member = await self._member("roles", email)
            if member.role is role:
                continue
            before, what = member.role, f"roles.{email}"
            without = await self._rules(what, member.set_role(self.by, role))
            self.say("~", what, f"{before.value} → {role.value}")
            for team in without:
                self.say("~", f"teams.{team.name}.manager_id", f"{email} → none")

    async def _teams(self) -> None:
        if self.document.teams is UNSET:
            return
        rows = await Team.filter(**self.here, deleted_at__isnull=True).order_by("name", "id")
        wanted = {team.name: team.was for team in self.document.teams}
        new = {team.name: {"manager_id": None} for team in self.document.teams}
        kept = await self._named(Team, "teams", rows, wanted, within=self.here, new=new)
        for team, table in zip(kept, self.document.teams, strict=True):
            await self._manager(team, table)
            for email in table.members:
                await self._join(await self._member(f"teams.{team.name}.members", email), team)
        await self._leave(kept)
        for row in rows:
            if row not in kept:
                await self._remove(row, "teams")

    async def _manager(self, team: Team, table: TeamTable) -> None:
        what = f"teams.{team.name}.manager"
        manager = await self._member(what, table.manager) if table.manager else None
        if manager is not None and manager.role is Role.REP:
            raise Denied(f'{what}: {manager.email} is a rep. Say [roles] "{manager.email}" = "manager" too.')
        before = await Member.get_or_none(id=team.manager_id) if team.manager_id else None
        if await team.write(self.by, manager_id=manager.id if manager else None):
            shown = [each.email if each else "none" for each in (before, manager)]
            self.say("~", what, " → ".join(shown))

    async def _join(self, member: Member, team: Team) -> None:
        if await member.write(self.by, team_id=team.id):
            self.say("+", f"teams.{team.name}.members", member.email)

    async def _leave(self, kept: Sequence[Team]) -> None:
        """Whoever no team names is in none."""
        tables = [] if self.document.teams is UNSET else self.document.teams
        named = {address(email) for table in tables for email in table.members}
        for member in await Member.filter(**self.here, active=True, team_id__isnull=False).order_by("email"):
            if member.email not in named:
                team = await Team.get(id=member.team_id)
                await member.write(self.by, team_id=None)
                self.say("-", f"teams.{team.name}.members", member.email)


_LISTS = {
    "lost_reasons": OptionList.LOST_REASON,
    "lead_sources": OptionList.LEAD_SOURCE,
    "outcomes": OptionList.OUTCOME,
}


def _called(rows: Sequence[N], name: str) -> N | None:
    exact = next((row for row in rows if row.name == name), None)
    return exact or next((row for row in rows if fold(row.name) == fold(name)), None)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return "none" if value is None else str(plain(value))


def _reason(error: RuleRefused) -> str:
    match error:
        case NameTaken():
            return f'there is one called "{error.name}" already. Give it another name.'
        case InUse():
            remedy = {
                "deal": "Move them to another stage first, or say which one was it",
                "member": "Put them into another team",
                "stage": "Remove it from what they require",
            }
            return f"{error.n} {error.by}{'s' if error.n > 1 else ''} stand on it. {remedy[error.by]}."
        case Indispensable():
            return {
                "admin": "it is the only admin. Make somebody else one too.",
                "default": "new deals enter it. Make another one the default.",
            }.get(error.sort, "a pipeline needs one of its kind. Keep it, or add another.")
    return str(error)
