"""Who buys in the demonstration: companies, people, deals and leads, by their numbers.

The numbers and names of the documentation's examples are among them, so that each example can be tried.
Addresses lie in the domain kept for examples (RFC 2606), telephone numbers in the ranges kept for fiction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LEA, MARC, NORA = "lea@parley.example", "marc@parley.example", "nora@parley.example"


@dataclass(frozen=True, slots=True)
class Firm:
    """A company; ``domain`` is that of its website and its addresses."""

    name: str
    owner: str
    city: str
    postcode: str
    country: str
    domain: str
    industry: str
    size: int
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a company; ``login`` is their address before the company's domain."""

    number: int
    name: str
    firm: str
    title: str
    login: str
    phone: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal with its way through the stages of a pipeline.

    ``way`` is how many days ago it entered which stage, the first one being its beginning. ``amount`` in
    whole units of ``currency``; ``close`` in days from now. ``reason`` is why it was lost.
    """

    number: int
    name: str
    firm: str
    amount: int
    currency: str
    way: Sequence[tuple[int, str]]
    close: int
    people: Sequence[int]
    pipeline: str = ""
    next_step: str = ""
    reason: str = ""
    tags: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A lead, so many days old."""

    number: int
    person: str
    company: str
    owner: str
    source: str
    email: str
    ago: int
    notes: str = ""


# A second pipeline beside the usual one, for customers who buy more.
EXPANSION = "Expansion"

FIRMS = (
    Firm("Acme", LEA, "Paris", "75009", "FR", "acme.example", "Software", 240, ["key"]),
    Firm("Globex", MARC, "Boston", "02110", "US", "globex.example", "Logistics", 900, ["key"]),
    Firm("Tarte & Fils", LEA, "Lyon", "69003", "FR", "tarte.example", "Food", 35),
    Firm("Initech", MARC, "London", "EC2A 4NE", "GB", "initech.example", "Banking software", 410),
    Firm("Brûlerie Saint-Éloi", LEA, "Nantes", "44000", "FR", "sainteloi.example", "Food", 60),
    Firm("Hôtels d’Orsay", LEA, "Bordeaux", "33000", "FR", "orsay.example", "Hotels", 320, ["seasonal"]),
    Firm("Nordwind Logistik", LEA, "Hamburg", "20457", "DE", "nordwind.example", "Logistics", 1500),
    Firm("Drukarnia Wisła", LEA, "Kraków", "31-019", "PL", "wisla.example", "Printing", 85),
    Firm("Umbra Health", MARC, "Chicago", "60601", "US", "umbra.example", "Health care", 2100, ["key"]),
    Firm("O’Malley & Sons", MARC, "New York", "10013", "US", "omalley.example", "Construction", 150),
    Firm("Pacific Ridge", MARC, "Seattle", "98101", "US", "pacificridge.example", "Outdoor", 75),
    Firm("Sakura Instruments", MARC, "San Jose", "95110", "US", "sakura.example", "Instruments", 540),
)

PEOPLE = (
    Person(8, "Émilie Lefèvre", "Acme", "Directrice financière", "emilie.lefevre", "+33639980101"),
    Person(9, "Charles d’Aubigny", "Hôtels d’Orsay", "Directeur général", "c.daubigny", "+33639980102"),
    Person(10, "Siobhán O’Brien", "O’Malley & Sons", "Office Manager", "siobhan", "+12125550110", ["fan"]),
    Person(11, "Nguyễn Minh Anh", "Umbra Health", "IT Director", "minh.anh", "+13125550111", ["vip"]),
    Person(12, "Jane Doe", "Acme", "Head of Sales", "jane.doe", "+33639980112"),
    Person(13, "Łukasz Wiśniewski", "Drukarnia Wisła", "Właściciel", "lukasz"),
    Person(14, "Jean-Baptiste de La Tour", "Brûlerie Saint-Éloi", "Gérant", "jb", "+33639980114"),
    Person(15, "Luc Moreau", "Acme", "Acheteur", "luc.moreau", "+33639980113"),
    Person(16, "Jürgen Groß", "Nordwind Logistik", "Einkauf", "j.gross", "+493023125016"),
    Person(17, "山田太郎", "Sakura Instruments", "VP Operations", "taro.yamada", "+14085550117", ["vip"]),
    Person(18, "Marie-Claire Dupont-Lévy", "Hôtels d’Orsay", "Responsable achats", "mc", "+33639980118"),
    Person(19, "Sean McDonough", "O’Malley & Sons", "Owner", "sean", "+12125550119"),
    Person(20, "Chloé N’Diaye", "Tarte & Fils", "Comptable", "chloe", "+33639980120"),
    Person(21, "Anneke van der Meer", "Nordwind Logistik", "Head of Digital", "a.vandermeer"),
    Person(22, "Íñigo Etxeberria", "Hôtels d’Orsay", "Directeur, San Sebastián", "inigo", "+33639980122"),
    Person(23, "Priya Raman", "Umbra Health", "Procurement Lead", "priya.raman", "+13125550123"),
    Person(24, "Agnieszka Żak", "Drukarnia Wisła", "Księgowa", "agnieszka"),
    Person(25, "Renée St. James", "Pacific Ridge", "Founder", "renee", "+12065550125"),
    Person(26, "Olu Adeyemi", "Initech", "Head of Platform", "olu", "+442079460126"),
    Person(27, "Françoise Le Goff", "Brûlerie Saint-Éloi", "Assistante", "f.legoff", "+33639980127"),
    Person(28, "Ingrid Sørensen", "Nordwind Logistik", "CFO", "i.sorensen", "+493023125028", ["vip"]),
    Person(29, "Diego Núñez Ortega", "Globex", "Warehouse Systems", "diego.nunez", "+16175550129"),
    Person(30, "April Summers", "Pacific Ridge", "Store Operations", "april", "+12065550130"),
    Person(31, "Jane Roy", "Globex", "COO", "jane.roy", "+16175550142", ["vip"]),
    Person(32, "佐藤花子", "Sakura Instruments", "Finance", "hanako.sato", "+14085550132"),
    Person(33, "Jiří Dvořák", "Sakura Instruments", "European Sales", "jiri.dvorak"),
    Person(34, "May Chen", "Globex", "Procurement", "may.chen", "+16175550187"),
    Person(35, "Benoît L’Hermite", "Acme", "Directeur technique", "b.lhermite", "+33639980135"),
    Person(36, "Tomasz Król", "Drukarnia Wisła", "Kierownik produkcji", "tomasz"),
    Person(37, "Grace Oduya", "Umbra Health", "Chief of Staff", "grace.oduya", "+13125550137"),
    Person(38, "Bob Li", "Sakura Instruments", "Support", "bob.li", "+14085550138"),
    Person(39, "Aïcha Ben Saïd", "Tarte & Fils", "Boutique de Lyon", "aicha", "+33639980139"),
    Person(40, "Zoé Roy", "Tarte & Fils", "Gérante", "zoe", "+33639980144", ["fan"]),
    Person(41, "Patrick O’Malley", "O’Malley & Sons", "Partner", "patrick", "+12125550141"),
    Person(42, "Noémie Garçon", "Brûlerie Saint-Éloi", "Torréfaction", "noemie"),
    Person(43, "Çağla Yılmaz", "Initech", "Security Officer", "cagla.yilmaz", "+442079460143"),
    Person(44, "Theo Vance", "Pacific Ridge", "Web Shop", "theo", "+12065550144"),
    Person(45, "Þóra Jónsdóttir", "Nordwind Logistik", "Projektleitung", "t.jonsdottir", "+493023125045"),
    Person(46, "Will Hartnell", "Initech", "Finance Director", "will.hartnell", "+442079460146"),
    Person(47, "Omar Haddad", "Initech", "CTO", "omar", "+442079460171"),
)

SALES = (
    Sale(
        90,
        "Globex Pilot",
        "Globex",
        8_000,
        "USD",
        [(41, "New"), (24, "Qualified")],
        28,
        [31],
        next_step="demo for the warehouse team",
    ),
    Sale(118, "Initech Rollout", "Initech", 25_000, "EUR", [(19, "New")], 75, [47]),
    Sale(
        120,
        "Umbra Clinics",
        "Umbra Health",
        46_000,
        "USD",
        [(88, "New"), (80, "Lost")],
        -20,
        [23],
        reason="No budget",
    ),
    Sale(
        121,
        "Orsay Réception",
        "Hôtels d’Orsay",
        18_000,
        "EUR",
        [(86, "New"), (79, "Qualified"), (61, "Proposal"), (47, "Negotiation"), (33, "Won")],
        -30,
        [9, 18],
    ),
    Sale(
        122,
        "O’Malley Site Offices",
        "O’Malley & Sons",
        6_400,
        "USD",
        [(84, "New"), (76, "Qualified"), (66, "Proposal"), (58, "Won")],
        -55,
        [19],
    ),
    Sale(
        123,
        "Nordwind Portail",
        "Nordwind Logistik",
        52_000,
        "EUR",
        [(83, "New"), (70, "Qualified"), (44, "Proposal"), (16, "Negotiation")],
        12,
        [28, 21],
        next_step="signature du contrat-cadre",
        tags=["hot"],
    ),
    Sale(
        124,
        "Saint-Éloi Abonnements",
        "Brûlerie Saint-Éloi",
        3_200,
        "EUR",
        [(81, "New"), (72, "Qualified"), (63, "Lost")],
        -40,
        [14],
        reason="Price",
    ),
    Sale(
        125,
        "Pacific Ridge Stores",
        "Pacific Ridge",
        11_500,
        "USD",
        [(74, "New"), (60, "Qualified"), (38, "Proposal")],
        9,
        [25, 30],
        next_step="Renée signs off the store list",
    ),
    Sale(
        126,
        "Wisła Devis en ligne",
        "Drukarnia Wisła",
        7_800,
        "EUR",
        [(70, "New"), (52, "Qualified")],
        40,
        [13],
    ),
    Sale(
        127,
        "Sakura Field Service",
        "Sakura Instruments",
        34_000,
        "USD",
        [(68, "New"), (57, "Qualified"), (35, "Proposal"), (13, "Negotiation")],
        20,
        [17, 32],
        next_step="legal review of the data addendum",
        tags=["hot"],
    ),
    Sale(
        128,
        "Globex Dock Scheduling",
        "Globex",
        64_000,
        "USD",
        [(65, "New"), (50, "Qualified"), (29, "Lost")],
        -10,
        [29],
        reason="Competitor",
    ),
    Sale(129, "Acme Formation", "Acme", 4_900, "EUR", [(64, "Proposal"), (45, "Won")], -45, [8], EXPANSION),
    Sale(
        130,
        "Initech Audit Trail",
        "Initech",
        19_500,
        "EUR",
        [(59, "New"), (43, "Qualified"), (22, "Proposal")],
        35,
        [43, 47],
    ),
    Sale(
        131,
        "Tarte & Fils Boutique",
        "Tarte & Fils",
        4_500,
        "EUR",
        [(56, "New"), (42, "Qualified"), (21, "Proposal")],
        16,
        [40],
        next_step="deuxième boutique à visiter",
    ),
    Sale(
        132,
        "Umbra Nurse Rota",
        "Umbra Health",
        88_000,
        "USD",
        [(51, "New"), (31, "Qualified")],
        80,
        [11, 37],
        tags=["hot"],
    ),
    Sale(133, "Orsay Séminaires", "Hôtels d’Orsay", 9_600, "EUR", [(48, "New"), (26, "Qualified")], 45, [22]),
    Sale(
        134,
        "O’Malley Plant Hire",
        "O’Malley & Sons",
        5_200,
        "USD",
        [(46, "New"), (36, "Proposal"), (23, "Won")],
        -20,
        [41],
        EXPANSION,
    ),
    Sale(
        135,
        "Saint-Éloi Caisse",
        "Brûlerie Saint-Éloi",
        2_750,
        "EUR",
        [(39, "New"), (18, "Qualified")],
        30,
        [42],
    ),
    Sale(
        136,
        "Nordwind Entrepôt 2",
        "Nordwind Logistik",
        27_000,
        "EUR",
        [(37, "New"), (15, "Proposal")],
        60,
        [16],
        EXPANSION,
    ),
    Sale(
        137,
        "Wisła Expéditions",
        "Drukarnia Wisła",
        5_400,
        "EUR",
        [(34, "New"), (17, "Lost")],
        15,
        [36],
        reason="No decision",
    ),
    Sale(138, "Pacific Ridge Web Shop", "Pacific Ridge", 3_900, "USD", [(30, "New")], 50, [44]),
    Sale(
        139, "Sakura Europe", "Sakura Instruments", 21_000, "USD", [(27, "New"), (12, "Qualified")], 70, [33]
    ),
    Sale(140, "Tarte & Fils Traiteur", "Tarte & Fils", 1_800, "EUR", [(20, "New")], 25, [39], EXPANSION),
    Sale(
        141,
        "Globex Returns Desk",
        "Globex",
        15_500,
        "USD",
        [(18, "New"), (9, "Proposal")],
        42,
        [34],
        EXPANSION,
    ),
    Sale(
        142,
        "Acme Renewal",
        "Acme",
        12_000,
        "EUR",
        [(53, "New"), (40, "Qualified"), (14, "Proposal")],
        22,
        [12, 15],
        next_step="répondre aux questions du juridique",
    ),
)

INQUIRIES = (
    Inquiry(7, "Paul Vidal", "Vidal Traiteur", LEA, "Web", "paul@vidal.example", 6, "Rappeler après 14 h."),
    Inquiry(8, "Hannah Wójcik", "Bluebird Cycles", MARC, "Referral", "hannah@bluebird.example", 5),
    Inquiry(9, "Étienne Faÿ", "Librairie des Carmes", LEA, "Event", "etienne@carmes.example", 4),
    Inquiry(
        10, "Dev Patel", "Harbor Freight Co-op", MARC, "Cold call", "dev@harbor.example", 3, "Fifty trucks."
    ),
)
