"""A directory of names that are hard to find: accents, particles, scripts without case or spaces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot import founding, members
from bot.config import Workspace as Settings
from bot.members import Newcomer
from models.change import Author
from models.company import Company
from models.contact import Contact
from models.member import Member, Role
from models.workspace import Visibility

NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)

# By name: what else is known of a person. Those of Ann's come first, those of Ben's behind.
ANNS: Mapping[str, Mapping[str, object]] = {
    "Jane Doe": {"emails": ["jane.doe@acme.example"], "phones": ["+33612347948"]},
    "Geneviève Lefèvre": {"city": "Lyon", "postcode": "69003"},
    "Jean-Pierre de la Tour": {"phones": ["+491711234567"]},
    "Jürgen Großmann": {"city": "Saint-Étienne"},
    "Siobhán O'Brien": {"emails": ["siobhan@mail.brien.co.uk"]},
    "Vincent van den Berg": {},
    "İpek Işıklı": {},
    "Ægir Þórsson": {},
    "王小明": {},
    "山田 太郎": {},
    "김철수": {},
    "أحمد المصري": {},
    "Γιώργος Παπαδόπουλος": {},
    "Фёдор Достоевский": {},
}
BENS: Mapping[str, Mapping[str, object]] = {
    "María-José Carreño Quiñones": {"city": "Lyon"},
    "Łukasz Żółć": {"postcode": "69003"},
    "Kateřina Dvořáková": {"phones": ["+420601234948"]},
    "Nguyễn Văn Minh": {"emails": ["minh@acme.example"]},
}


async def directory(visibility: Visibility = Visibility.EVERYONE) -> tuple[Member, Member]:
    """Ann, Ben, and whom they know. Inside a transaction on an empty database."""
    settings = Settings(name="Hard names", locale="en-GB", currency="EUR", country="FR", zone="Europe/Paris")
    workspace = await founding.workspace(settings, now=NOW)
    workspace.visibility = visibility
    await workspace.save(update_fields=["visibility"])
    for name in ("ann", "ben"):
        newcomer = Newcomer(f"{name}@team.example", name, Role.REP, locale="en-GB", zone="Europe/Paris")
        await members.add(newcomer, workspace, now=NOW)
    ann, ben = [
        await Member.get(email=f"{name}@team.example").select_related("workspace") for name in ("ann", "ben")
    ]
    for owner, people in ((ann, ANNS), (ben, BENS)):
        by = Author(owner, NOW, "before")
        company = await Company.add(
            by, name=f"{owner.name.capitalize()} & Söhne Präzision", website="acme.example", owner_id=owner.id
        )
        for name, known in people.items():
            await Contact.add(by, name=name, owner_id=owner.id, company_id=company.id, **known)
    return ann, ben
