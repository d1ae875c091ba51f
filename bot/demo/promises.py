"""What the demonstration's team still has to do: overdue, today, tomorrow and later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from bot.demo.cast import LEA, MARC, NORA
from models.activity import ActivityKind


@dataclass(frozen=True, slots=True)
class Promise:
    """A follow-up in so many days: a negative number is overdue.

    ``at`` is the hour on its owner's clock; None is soon, today. ``kind`` where an activity is planned
    with it. ``deal`` and ``contact`` are numbers, 0 for none.
    """

    owner: str
    text: str
    days: int
    at: time | None
    deal: int = 0
    contact: int = 0
    kind: ActivityKind | None = None


_SAM = "sam@parley.example"

PROMISES = (
    Promise(MARC, "ask Omar for a kick-off date", -4, time(10), 118, 47),
    Promise(MARC, "call Theo Vance back", -2, time(15, 30), 138, 44),
    Promise(MARC, "call Jane Roy about the start date", 0, None, 90, 31),
    Promise(MARC, "demo for the warehouse team", 1, time(9, 30), 90, 34, ActivityKind.MEETING),
    Promise(MARC, "send the second reference to Çağla", 1, time(14), 130, 43),
    Promise(MARC, "ask Dev Patel how many trucks", 3, time(11)),
    Promise(MARC, "security review with Nguyễn Minh Anh", 6, time(10), 132, 11, ActivityKind.MEETING),
    Promise(LEA, "relancer Lukasz pour les exemples de devis", -3, time(9, 30), 126, 13),
    Promise(LEA, "envoyer la documentation à Noémie", -2, time(16), 135, 42),
    Promise(LEA, "appeler Jane Doe au sujet de l’article 7", 0, None, 142, 12),
    Promise(LEA, "visiter la deuxième boutique avec Zoé", 1, time(10), 131, 40, ActivityKind.MEETING),
    Promise(LEA, "rappeler Paul Vidal", 1, time(14, 30)),
    Promise(LEA, "vérifier la signature de Nordwind", 4, time(9), 123, 28),
    Promise(NORA, "go through the forecast with Léa", -2, time(11)),
    Promise(NORA, "prepare the pipeline meeting", 0, None),
    Promise(NORA, "pipeline meeting", 1, time(9)),
    Promise(_SAM, "check the US dollar rate", 1, time(10)),
)
