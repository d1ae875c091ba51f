"""Remembered SQL: what Tortoise would have made for each query, values and all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from bot.database import Database, remembered
from models.contact import Contact
from models.deal import Deal, DealContact, StageKind
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from models.search import Token
from tests.samples.models import Shelf

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
Make = Callable[[str, int, datetime], Any]

SHAPES: list[Make] = [
    lambda text, number, moment: Contact.filter(name=text),
    lambda text, number, moment: Contact.filter(name=text, workspace_id=number).order_by("-id").limit(3),
    lambda text, number, moment: Contact.exclude(name=text).filter(updated_at__lte=moment),
    lambda text, number, moment: Contact.filter(Q(name=text) | ~Q(Q(id=number), created_at__gt=moment)),
    lambda text, number, moment: Contact.filter(id__in=[number, 7, number + 1], notes__isnull=True),
    lambda text, number, moment: Contact.filter(company__name=text).select_related("company").first(),
    lambda text, number, moment: Contact.filter(name=text).offset(number).distinct(),
    lambda text, number, moment: Deal.filter(stage__kind=StageKind.OPEN, links__contact_id=number),
    lambda text, number, moment: Incoming.filter(state=InboxState.WAITING, address=text).select_for_update(),
    lambda text, number, moment: Contact.filter(
        id__in=Subquery(
            Token.filter(token__gte=text, token__lt=f"{text}z", kind__in=("contact", text)).values(
                "record_id"
            )
        ),
        workspace_id=number,
    ),
    lambda text, number, moment: Contact.filter(
        Q(owner_id__isnull=True)
        | Q(owner_id__in=Subquery(Member.filter(Q(id=number) | Q(team__manager_id=number)).values("id")))
    ),
    lambda text, number, moment: Contact.filter(id=number, name=text).exists(),
    lambda text, number, moment: DealContact.filter(deal_id=number).order_by("id").values_list("contact_id"),
    lambda text, number, moment: Contact.filter(name=text).values_list("id", "name"),
]
# The value is not the parameter, or is of a kind that is changed on its way.
UNKNOWN: list[Make] = [
    lambda text, number, moment: Contact.filter(name__icontains=text),
    lambda text, number, moment: Contact.filter(name=number),
    lambda text, number, moment: Contact.filter(consent_on=moment.date()),
    lambda text, number, moment: Contact.filter(
        updated_at=moment.astimezone(timezone(timedelta(hours=2), "two"))
    ),
]


def sql(query: Any) -> tuple[str, list[Any]]:
    found: tuple[str, list[Any]] = query.query.get_parameterized_sql()
    return found


@pytest.mark.parametrize("make", [*SHAPES, *UNKNOWN])
async def test_the_sql_is_what_tortoise_makes(database: Database, make: Make) -> None:
    """For the first query of a shape as for the next ones, with other values."""
    for values in (("a", 1, NOON), ("", 0, NOON + timedelta(days=1)), ("o'clock", 2**40, NOON)):
        ours, theirs = make(*values), make(*values)
        ours._choose_db_if_not_chosen()
        theirs._choose_db_if_not_chosen()
        remembered._prepare(ours)
        theirs._make_query()
        assert sql(ours) == sql(theirs)


async def test_only_what_is_sure_is_remembered(database: Database) -> None:
    """A query whose values are changed on their way into the SQL is made by Tortoise each time."""
    found = {}
    for make in (*SHAPES, *UNKNOWN):
        query = make("a", 1, NOON)
        query._choose_db_if_not_chosen()
        found[make] = remembered._prepare(query) is not None
    assert [make for make, known in found.items() if known] == SHAPES


async def test_values_of_one_query_are_never_anothers(samples: Database) -> None:
    """Queries of one shape, of which only the first is made by Tortoise, find their own rows."""
    for name in ("a", "b", "c"):
        await Shelf.create(name=name, at=NOON)
    for name in ("b", "a", "nobody", "c"):
        found = await Shelf.filter(name=name, at__lte=NOON).order_by("id")
        assert [shelf.name for shelf in found] == [name] * (name != "nobody")
        assert await Shelf.filter(name=name).exists() is (name != "nobody")
        assert len(await Shelf.filter(name=name).values_list("id", flat=True)) == (name != "nobody")


async def test_one_that_must_be_there_says_so(samples: Database) -> None:
    """What a query does with its rows belongs to it, not to its shape."""
    await Shelf.create(name="a", at=NOON)
    assert await Shelf.get_or_none(name="b") is None
    assert (await Shelf.get(name="a")).name == "a"
    with pytest.raises(Exception, match="does not exist"):
        await Shelf.get(name="b")


async def test_a_query_is_not_changed_by_those_made_from_it(database: Database) -> None:
    """A narrowed query leaves the wider one as it was."""
    wide: QuerySet[Contact] = Contact.filter(workspace_id=1)
    narrow = wide.filter(name="a").order_by("name").limit(1)
    assert len(wide._q_objects) == 1
    assert wide._orderings == []
    assert (wide._limit, narrow._limit) == (None, 1)


async def test_shapes_do_not_pile_up(database: Database) -> None:
    """However many lengths of lists there are, no more are kept than the limit."""
    for length in range(60):
        await Contact.filter(id__in=list(range(length)), consent_on=date(2026, 1, 1))
        await Contact.filter(id__in=list(range(length)))
    assert len(remembered._templates) <= remembered.LONGEST_LIST + 10
