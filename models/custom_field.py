"""CustomField: a field that a workspace adds to its records, and the typed values that it takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields

from models.change import Author
from models.deal import Deal, Stage
from models.errors import InUse, InvalidValue
from models.fields import UTCDatetimeField, public
from models.kept import Kept
from models.money import Money

if TYPE_CHECKING:
    from models.workspace import Workspace


class CustomKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes/no"


class CustomField(Kept):
    """A field of one kind of record (``entity``: contact, company, lead, deal).

    Values stand in the record's ``custom`` column under ``key``. ``choices`` is used by CHOICE only.
    """

    KIND = "custom_field"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.CASCADE)
    )
    workspace_id: int
    entity = public(fields.CharField(max_length=20))
    key = public(fields.CharField(max_length=50))
    label = public(fields.CharField(max_length=100))
    kind = public(fields.CharEnumField(CustomKind, max_length=10))
    choices: list[str] = public(fields.JSONField(default=list))
    deleted_at = public(UTCDatetimeField(null=True))

    @property
    def title(self) -> str:
        return self.label

    class Meta:
        table = "custom_field"
        unique_together = (("workspace", "entity", "key"),)

    async def remove(self, by: Author) -> None:
        """Take it away; the values stay in the records.

        Raises:
            InUse: a stage requires it.
        """
        if stages := await self._requiring():
            raise InUse(self, Stage.KIND, len(stages))
        await self.write(by, deleted_at=by.now)

    async def in_use(self) -> bool:
        return bool(await self._requiring())

    async def _requiring(self) -> list[Stage]:
        rows = Stage.filter(pipeline__workspace_id=self.workspace_id, deleted_at__isnull=True)
        wanted = f"custom.{self.key}" if self.entity == Deal.KIND else ""
        return [stage for stage in await rows if wanted in stage.required]

    def stored(self, value: object) -> Any:
        """The JSON value to keep for a Python value of this kind.

        TEXT str, NUMBER Decimal or int (kept as text: exact), MONEY Money, DATE date, CHOICE one of
        the choices, YES_NO bool.

        Raises:
            InvalidValue: not a value of this kind.
        """
        match self.kind, value:
            case CustomKind.TEXT, str():
                return value
            case CustomKind.NUMBER, Decimal() | int() if not isinstance(value, bool):
                return str(self._finite(value))
            case CustomKind.MONEY, Money():
                return [value.minor(), value.currency]
            case CustomKind.DATE, date():
                return value.isoformat()
            case CustomKind.CHOICE, str() if value in self.choices:
                return value
            case CustomKind.YES_NO, bool():
                return value
        raise InvalidValue(self.key, value, "wrong_kind")

    def loaded(self, stored: Any) -> object:
        """The Python value of what :meth:`stored` kept."""
        match self.kind:
            case CustomKind.NUMBER:
                return Decimal(stored)
            case CustomKind.MONEY:
                return Money.from_minor(*stored)
            case CustomKind.DATE:
                return date.fromisoformat(stored)
        return stored

    def _finite(self, value: Decimal | int) -> Decimal:
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise InvalidValue(self.key, value, "not_a_number") from error
        if not number.is_finite():
            raise InvalidValue(self.key, value, "not_a_number")
        return number
