"""Rate: what a foreign currency is worth in the workspace's own, as an admin said, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tortoise import fields

from models.change import Author
from models.errors import InvalidValue
from models.fields import UTCDatetimeField, public
from models.kept import Kept
from models.money import Money, exponent

if TYPE_CHECKING:
    from models.workspace import Workspace


# Sums of a million of the largest amounts at the largest rate have fewer.
_DIGITS_OF_SUMS = 80


class Rate(Kept):
    """Since ``set_on``, one unit of ``currency`` is ``rate`` (decimal text: exact) of the workspace’s."""

    KIND = "rate"

    id = public(fields.BigIntField(primary_key=True))
    workspace: fields.ForeignKeyRelation[Workspace] = public(
        fields.ForeignKeyField("models.Workspace", related_name=False, on_delete=fields.CASCADE)
    )
    workspace_id: int
    currency = public(fields.CharField(max_length=3))
    rate = public(fields.CharField(max_length=30))
    set_on = public(fields.DateField())
    deleted_at = public(UTCDatetimeField(null=True))

    class Meta:
        table = "rate"
        unique_together = (("workspace", "currency"),)

    @property
    def title(self) -> str:
        return f"{self.currency} {self.rate}"

    @staticmethod
    def checked(value: Decimal) -> str:
        """The text to keep.

        Raises:
            InvalidValue: not a positive number, or one that no exchange has.
        """
        if not value.is_finite() or not Decimal("1e-9") <= value <= Decimal("1e9"):
            raise InvalidValue("rate", value, "out_of_range")
        return f"{value.normalize():f}"

    @classmethod
    async def set(cls, by: Author, currency: str, value: Decimal) -> Rate:
        """Say what one unit of a currency is worth from now on.

        Raises:
            InvalidValue: see :meth:`checked`.
        """
        rate, on = cls.checked(value), by.now.astimezone(ZoneInfo(by.member.workspace.zone)).date()
        known = await cls.get_or_none(workspace_id=by.member.workspace_id, currency=currency)
        if known is None:
            return await cls.enter(by, currency=currency, rate=rate, set_on=on)
        await known.write(by, rate=rate, set_on=on, deleted_at=None)
        return known

    @classmethod
    async def of(cls, workspace_id: int) -> list[Rate]:
        """Those that are set, by currency."""
        return await cls.filter(workspace_id=workspace_id, deleted_at__isnull=True).order_by("currency")


# Digits of a rate that was computed: as many as the European Central Bank's have, and some to spare.
_DIGITS = Context(prec=9)


async def change_currency(by: Author, workspace: Workspace, currency: str) -> None:
    """Let the workspace count in another currency; its rates then say what they said in the new one.

    Where the new one has no rate nothing is known any more, and all of them go.
    """
    former = workspace.currency
    rates = {rate.currency: rate for rate in await Rate.of(workspace.id)}
    await workspace.write(by, currency=currency)
    one = Decimal(rates[currency].rate) if currency in rates else None
    for rate in rates.values():
        if one is None or rate.currency == currency:
            await rate.write(by, deleted_at=by.now)
        else:
            await rate.write(by, rate=Rate.checked(_DIGITS.divide(Decimal(rate.rate), one)))
    if one is not None:
        await Rate.set(by, former, _DIGITS.divide(Decimal(1), one))


async def total(sums: Mapping[str, int], workspace: Workspace) -> tuple[Money, date | None] | None:
    """Sums in minor units by currency, as one in the workspace's, and the oldest rate's date.

    None where a currency has no rate: sums are never mixed on a guess. No date where no rate was used.
    """
    rates = {rate.currency: rate for rate in await Rate.of(workspace.id)}
    whole, dates = Decimal(0), list[date]()
    smallest = Decimal(1).scaleb(-exponent(workspace.currency))
    with localcontext(prec=_DIGITS_OF_SUMS):
        for currency, minor in sums.items():
            amount = Money.from_minor(minor, currency).amount
            if currency != workspace.currency:
                if currency not in rates:
                    return None
                amount *= Decimal(rates[currency].rate)
                dates.append(rates[currency].set_on)
            whole += amount
        return Money(whole.quantize(smallest), workspace.currency), min(dates, default=None)
