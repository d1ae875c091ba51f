"""What was said in three months of the demonstration: by Léa in French, by Marc in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.activity import ActivityKind


@dataclass(frozen=True, slots=True)
class Touch:
    """So many days ago; ``minutes`` 0 where nobody counted. ``whom`` 0 is the deal's first contact."""

    ago: int
    kind: ActivityKind
    notes: str
    minutes: int = 0
    outcome: str = ""
    direction: str = ""
    whom: int = 0


def _call(ago: int, minutes: int, notes: str, outcome: str = "Reached", *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.CALL, notes, minutes, outcome, "out", whom)


def _rang(ago: int, minutes: int, notes: str, *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.CALL, notes, minutes, "Reached", "in", whom)


def _met(ago: int, minutes: int, notes: str, *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.MEETING, notes, minutes, whom=whom)


def _wrote(ago: int, notes: str, *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.EMAIL, notes, direction="out", whom=whom)


def _got(ago: int, notes: str, *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.EMAIL, notes, direction="in", whom=whom)


def _note(ago: int, notes: str, *, whom: int = 0) -> Touch:
    return Touch(ago, ActivityKind.NOTE, notes, whom=whom)


# By the number of the deal that they are about.
ABOUT_DEALS: Mapping[int, Sequence[Touch]] = {
    90: (
        _call(41, 12, "moves 400 parcels a day, plans on a whiteboard"),
        _wrote(38, "sent the two-page overview and a price range"),
        _call(33, 0, "will try again after lunch", "No answer"),
        _met(24, 45, "walked the warehouse with her; two shifts, one tablet each"),
        _got(17, "asks whether the pilot can run in both docks"),
        _call(10, 18, "budget for a pilot is there, wants a start date"),
        _note(5, "promised her a demo for the warehouse team", whom=34),
    ),
    118: (
        _rang(19, 9, "found us through a former colleague, wants SSO"),
        _wrote(15, "answered the security questionnaire, 40 questions"),
        _call(8, 0, "asked him to call back", "Left voicemail"),
    ),
    120: (
        _call(88, 15, "clinics plan by e-mail, budget closes this month"),
        _wrote(84, "sent a quote for eleven clinics"),
        _note(70, "look again when the new budget opens, Priya is on our side"),
        _call(80, 6, "board froze all new software until spring"),
    ),
    121: (
        _call(86, 20, "trois hôtels, un seul planning papier"),
        _met(79, 60, "visite de la réception de Bordeaux, équipe très ouverte", whom=18),
        _note(70, "la réception travaille sur deux écrans, pas de tablette"),
        _wrote(61, "proposition envoyée pour trois hôtels"),
        _call(55, 14, "veut un prix par chambre", whom=18),
        _call(47, 25, "accord sur le prix, reste la durée"),
        _met(33, 30, "signature à Bordeaux, démarrage le mois prochain"),
        _note(19, "très content de la formation, accepte d’être cité"),
    ),
    122: (
        _call(84, 10, "six site offices, nobody knows who is where"),
        _wrote(76, "sent the price for six offices"),
        _call(66, 11, "wants to pay yearly, asked for 5% off"),
        _rang(58, 4, "go ahead, send the invoice to the New York office"),
        _call(30, 8, "checked in: all six offices are live"),
    ),
    123: (
        _call(83, 25, "cherche un portail pour 120 transporteurs"),
        _met(70, 50, "démonstration à distance, cinq personnes", whom=21),
        _got(62, "demande une version allemande des factures", whom=21),
        _note(52, "la directrice financière décide seule au-dessous de 60 000 €"),
        _wrote(44, "proposition à 52 000 €, trois ans"),
        _call(31, 16, "compare encore avec un concurrent"),
        _met(16, 90, "négociation à Hambourg, reste la clause de sortie"),
        _call(7, 12, "le contrat-cadre part à la signature", whom=21),
    ),
    124: (
        _call(81, 15, "veut vendre des abonnements en ligne"),
        _wrote(72, "devis envoyé, 3 200 € par an"),
        _call(63, 9, "trop cher pour cette année, à recontacter au printemps"),
    ),
    125: (
        _call(74, 22, "four stores, stock counts take a whole Sunday"),
        _met(60, 40, "video call with all store leads", whom=30),
        _note(45, "Renée decides, April has to live with it"),
        _wrote(38, "proposal: four stores, one year"),
        _call(32, 0, "line busy twice", "Busy"),
        _call(25, 15, "likes it, wants the store list checked first"),
        _got(11, "store list attached, the fourth one may close", whom=30),
    ),
    126: (
        _wrote(70, "premier message après le salon de Cracovie"),
        _call(52, 18, "veut que ses clients calculent leur devis eux-mêmes"),
        _got(35, "envoie trois exemples de devis", whom=24),
        _call(13, 0, "rappeler la semaine prochaine", "No answer"),
    ),
    127: (
        _rang(68, 20, "field engineers write reports at night, wants it in the chat"),
        _met(57, 55, "demo for two engineers and finance", whom=32),
        _wrote(50, "sent the data protection summary"),
        _wrote(35, "proposal: 60 engineers, two years"),
        _call(28, 13, "happy with the offer, legal has to read it"),
        _got(21, "legal asks where the data is kept", whom=32),
        _met(13, 45, "went through the addendum line by line"),
        _call(4, 7, "legal answers by the end of the week"),
    ),
    128: (
        _call(65, 14, "dock scheduling for three sites"),
        _met(50, 60, "workshop on site, a consultant was there too"),
        _got(41, "they will look at a second offer"),
        _note(24, "lost on price per dock, ask for our own price list"),
        _call(29, 8, "went with the consultant’s own product"),
    ),
    129: (
        _call(64, 10, "deux jours de formation pour dix personnes"),
        _wrote(55, "programme et devis envoyés"),
        _rang(45, 5, "bon pour accord, facture à la comptabilité"),
        _note(24, "formation faite, note moyenne 9 sur 10"),
    ),
    130: (
        _call(59, 30, "auditors want to see who changed what", whom=47),
        _met(43, 45, "showed the history; she took notes throughout"),
        _wrote(22, "proposal with two options"),
        _got(14, "prefers option two, asks for references"),
        _note(4, "Çağla is out until Monday, Omar can answer"),
        _call(6, 10, "sent two references, she calls them this week"),
    ),
    131: (
        _call(56, 12, "une boutique, une deuxième ouvre bientôt"),
        _met(42, 35, "visite rue Mercière, elle note tout à la main"),
        _wrote(21, "proposition pour une boutique, option pour la deuxième"),
        _call(12, 9, "d’accord sur le principe, voit son comptable"),
        _got(9, "question sur la TVA", whom=20),
    ),
    132: (
        _call(51, 25, "300 nurses, rota changes ten times a day"),
        _met(31, 60, "first workshop, three wards want to start"),
        _note(7, "Grace Oduya reads everything, write short"),
        _wrote(27, "sent the plan for a pilot in three wards", whom=37),
        _got(20, "asks for a security review before anything else", whom=37),
        _call(11, 17, "review is booked, no blocker so far"),
    ),
    133: (
        _call(48, 11, "quinze séminaires par mois, tout par téléphone"),
        _wrote(26, "exemples de deux autres hôtels envoyés"),
        _note(12, "basse saison à partir du mois prochain, bon moment"),
        _rang(19, 8, "veut que San Sebastián soit pilote"),
    ),
    134: (
        _rang(46, 6, "plant hire is chaos, can we add it"),
        _wrote(36, "quote for the add-on"),
        _rang(23, 3, "yes, same terms as the site offices"),
    ),
    135: (
        _call(39, 9, "la caisse ne parle pas au planning"),
        _met(18, 30, "essai à la brûlerie, deux bugs notés"),
        _wrote(15, "les deux bugs sont corrigés, nouvelle version envoyée"),
    ),
    136: (
        _call(37, 14, "deuxième entrepôt, mêmes besoins que le premier"),
        _wrote(15, "proposition envoyée, remise pour deux sites"),
        _got(10, "attend le budget de l’année prochaine"),
        _note(5, "Jürgen revient de congés lundi"),
    ),
    137: (
        _call(34, 10, "expéditions suivies sur papier"),
        _wrote(28, "vidéo de démonstration envoyée"),
        _call(17, 5, "le patron ne veut pas décider maintenant"),
    ),
    138: (
        _got(30, "filled in the form on our site, runs the web shop alone"),
        _call(22, 0, "left a message with my number", "Left voicemail"),
    ),
    139: (
        _call(27, 16, "opens an office in Prague, needs a second language"),
        _met(12, 30, "showed French and English side by side"),
        _wrote(8, "sent the price for twelve people in Prague"),
    ),
    140: (
        _rang(20, 7, "veut aussi gérer les commandes traiteur"),
        _wrote(16, "liste de questions envoyée"),
    ),
    141: (
        _call(18, 12, "returns desk loses a pallet a week"),
        _wrote(9, "proposal for the returns desk"),
        _got(6, "forwarded it to finance"),
    ),
    142: (
        _call(53, 15, "contrat actuel jusqu’à la fin du trimestre"),
        _met(40, 40, "bilan de l’année, 38 licences utilisées sur 40"),
        _got(30, "demande un tarif pour 50 licences", whom=15),
        _wrote(14, "proposition de renouvellement à 12 000 €"),
        _call(8, 11, "le juridique relit, deux questions à venir", whom=15),
        _note(3, "le juridique bloque sur l’article 7"),
    ),
}

# By the number of the contact, where there is no deal yet, or no longer.
ABOUT_PEOPLE: Mapping[int, Sequence[Touch]] = {
    8: (_call(71, 8, "préfère les factures au trimestre"), _wrote(27, "envoyé le nouvel échéancier")),
    10: (
        _call(77, 5, "knows every foreman by first name"),
        _rang(40, 4, "new office opens in Queens"),
        _wrote(12, "asked her for a quote for our site, she said yes"),
    ),
    14: (_call(49, 0, "absent jusqu’à lundi", "No answer"), _note(10, "parle d’un deuxième torréfacteur")),
    19: (
        _met(69, 25, "coffee on site, wants to see plant hire too"),
        _call(14, 6, "likes the new plan board"),
    ),
    23: (_wrote(54, "kept in touch after the budget freeze"), _got(33, "budget round opens in two months")),
    25: (_note(16, "climbs at weekends, never call on a Friday afternoon"),),
    26: (
        _call(75, 18, "wants an API before anything else"),
        _wrote(67, "sent the interface description"),
        _got(46, "his team has tried it, two questions"),
        _call(34, 12, "both questions answered"),
    ),
    27: (_rang(36, 3, "change l’adresse de facturation"),),
    29: (_got(26, "no hard feelings, ask again next year"),),
    30: (_note(23, "April is her name, not the month"),),
    35: (
        _call(73, 20, "demande une authentification unique"),
        _met(58, 30, "revue technique, aucun point bloquant"),
        _wrote(29, "documentation de l’interface envoyée"),
    ),
    38: (_rang(44, 9, "asked how to add a colleague"), _wrote(43, "sent him the two steps")),
    41: (_met(5, 20, "shook hands on a third project, no date yet"),),
    43: (_wrote(37, "sent the penetration test summary"),),
    45: (_call(32, 7, "parle islandais, allemand et français"),),
    46: (
        _call(28, 0, "wrong extension, got the canteen", "Wrong number"),
        _call(25, 10, "wants one invoice a year"),
    ),
    47: (
        _met(62, 40, "lunch in Shoreditch, rollout may start small"),
        _wrote(3, "asked for a date for the kick-off"),
    ),
}
