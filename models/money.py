"""Money: integer minor units and an ISO 4217 currency in the database, Decimal in Python, never float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.errors import InvalidValue

# ISO 4217, column "minor unit": currencies that do not have two decimals.
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
    "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip

# The column is a signed 64-bit integer on both databases.
_LARGEST_MINOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units (euros, not cents) and its ISO 4217 code."""

    amount: Decimal
    currency: str

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Money:
        """From what the database holds."""
        return cls(Decimal(minor).scaleb(-exponent(currency)), currency)

    def minor(self) -> int:
        """What the database holds.

        Raises:
            InvalidValue: not a number, infinite, finer than the currency's minor unit, or too large.
        """
        if not self.amount.is_finite():
            raise InvalidValue("amount", self.amount, "not_a_number")
        # Compared before it is scaled: 1e999999 would otherwise build a number of a million digits.
        if self.amount and self.amount.adjusted() > len(str(_LARGEST_MINOR)):
            raise InvalidValue("amount", self.amount, "too_large")
        scaled = self.amount.scaleb(exponent(self.currency))
        if scaled != scaled.to_integral_value():
            raise InvalidValue("amount", self.amount, "too_fine")
        if abs(scaled) > _LARGEST_MINOR:
            raise InvalidValue("amount", self.amount, "too_large")
        return int(scaled)


def exponent(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def by_exponent() -> list[list[str]]:
    """The currencies that do not have two decimals, those with the same number together."""
    numbers = sorted(set(_EXPONENTS.values()))
    return [[code for code, places in _EXPONENTS.items() if places == number] for number in numbers]
