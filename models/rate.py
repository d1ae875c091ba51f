"""Rate: what a foreign currency is worth in the workspace's own, as an admin said, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from tortoise import fields

from models.errors import InvalidValue
from models.fields import UTCDatetimeField, public
from models.kept import Kept
from models.money import Money, exponent

if TYPE_CHECKING:
    from models.workspace import Workspace


# Sums of a million of the largest amounts at the largest rate have fewer.
_DIGITS = 80


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


async def total(sums: Mapping[str, int], workspace: Workspace) -> tuple[Money, date | None] | None:
    """Sums in minor units by currency, as one in the workspace's, and the oldest rate's date.

    None where a currency has no rate: sums are never mixed on a guess. No date where no rate was used.
    """
    rates = {
        rate.currency: rate for rate in await Rate.filter(workspace_id=workspace.id, deleted_at__isnull=True)
    }
    whole, dates = Decimal(0), list[date]()
    smallest = Decimal(1).scaleb(-exponent(workspace.currency))
    with localcontext(prec=_DIGITS):
        for currency, minor in sums.items():
            amount = Money.from_minor(minor, currency).amount
            if currency != workspace.currency:
                if currency not in rates:
                    return None
                amount *= Decimal(rates[currency].rate)
                dates.append(rates[currency].set_on)
            whole += amount
        return Money(whole.quantize(smallest), workspace.currency), min(dates, default=None)
