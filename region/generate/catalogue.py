"""What participants of the made-up region offer: kinds of services with everyday words, conditions, waits and letters."""

# ruff: noqa: E501  texts as people read them, one service in a few lines

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of service: how it is found, for whom it is, how long one waits, and what letters about it ask.

    ``now`` and ``then`` are days of waiting today and three years ago; ``norm`` the days that are the rule (Treeknormen;
    Wmo 2015, art. 2.3.2: six weeks for a report); ``weight`` how often is referred to it.
    """

    kind: str
    name: str
    law: str
    summary: str
    for_whom: str
    needs: str
    criteria: tuple[str, ...]
    now: float
    then: float
    norm: int | None
    letters: tuple[str, ...]
    ages: tuple[int, int] = (18, 120)
    cost: str = "gratis"
    local: bool = False
    home: bool = False
    online: bool = False
    self_referral: bool = False
    duration: int = 60
    weight: float = 1.0
    next_step: str = "U wordt binnen vijf werkdagen gebeld."


OWN_RISK = "valt onder het eigen risico"
CATALOGUE: dict[str, tuple[Kind, ...]] = {
    "gp": (
        Kind("poh_mental", "Praktijkondersteuner ggz", "zvw", "Korte gesprekken bij somberheid, spanning of slecht slapen, in de huisartspraktijk.", "Volwassenen met lichte psychische klachten.",
             "somber stress piekeren slapen slecht overspannen rouw verdriet praten", ("Ingeschreven bij de praktijk",), 16, 12, None,
             ("Spanningsklachten sinds reorganisatie op het werk, slaapt slecht. Graag enkele gesprekken.",), (18, 120), duration=70, weight=0.4),
        Kind("frail_elderly", "Ouderenzorg in de praktijk", "zvw", "Huisbezoek en een zorgplan voor kwetsbare ouderen, samen met wijkverpleging.", "Thuiswonende ouderen die steeds meer hulp nodig hebben.",
             "oud ouder kwetsbaar vergeten vallen huisbezoek zorgplan", ("Ingeschreven bij de praktijk", "75 jaar of ouder"), 12, 14, None,
             ("Zorgmijdend, valt regelmatig. Graag huisbezoek en zorgplan.",), (75, 120), home=True, duration=200, weight=0.4),
    ),
    "home_care": (
        Kind("district_nursing", "Wijkverpleging", "zvw", "Verpleging en verzorging thuis: wassen, medicijnen, wonden, en samen kijken wat u zelf weer kunt.", "Mensen die thuis verpleging of verzorging nodig hebben.",
             "thuiszorg wassen aankleden medicijnen wond steunkousen verpleegkundige zorg thuis ziekenhuis naar huis", ("Indicatie door de wijkverpleegkundige",), 6, 4, 42,
             ("Na heupoperatie thuis, hulp bij wassen en steunkousen nodig.", "Wondzorg onderbeen, drie keer per week.", "Medicatie aanreiken; raakt het overzicht kwijt."), (0, 120), home=True, duration=120, weight=3.2),
        Kind("dementia_case", "Casemanagement dementie", "zvw", "Een vaste begeleider voor mensen met dementie en hun naasten.", "Mensen met (een vermoeden van) dementie en hun naasten.",
             "dementie vergeten geheugen alzheimer mantelzorger verdwaald casemanager", ("Diagnose of sterk vermoeden van dementie",), 34, 20, 42,
             ("Toenemende geheugenproblemen, partner raakt overbelast. Graag casemanager.",), (55, 120), home=True, duration=400, weight=1.2),
        Kind("domestic_help", "Hulp bij het huishouden", "wmo", "Hulp bij schoonmaken en het huis op orde houden.", "Mensen die dit door ziekte of ouderdom niet zelf kunnen.",
             "schoonmaken huishouden stofzuigen hulp poets was", ("Beschikking van de gemeente",), 40, 24, 42, ("Kan door COPD het huishouden niet meer doen.",), (18, 120), "eigen bijdrage € 20,60 per maand", home=True, duration=365, weight=0.8),
        Kind("palliative_night", "Waken in de laatste fase", "zvw", "Verpleegkundige hulp en waken thuis in de laatste weken van het leven.", "Mensen die thuis willen sterven en hun naasten.",
             "sterven palliatief laatste fase waken nacht terminaal", ("Verwachting korter dan drie maanden",), 2, 2, 3, ("Wil thuis sterven; mantelzorg uitgeput, graag nachtzorg.",), (0, 120), home=True, duration=30, weight=0.3),
    ),
    "mental_health": (
        Kind("basic_mental", "Basis-ggz volwassenen", "zvw", "Behandeling bij angst, somberheid of trauma in vijf tot twaalf gesprekken.", "Volwassenen met een lichte of matige psychische stoornis.",
             "angst paniek depressie somber trauma psycholoog therapie dwang", ("Verwijzing door de huisarts", "Vermoeden van een DSM-stoornis"), 62, 118, 98,
             ("Matige depressieve klachten, onvoldoende verbeterd bij POH-GGZ. Graag diagnostiek en behandeling.", "Paniekaanvallen, vermijdt openbaar vervoer. Graag CGT."), (18, 65), OWN_RISK, online=True, duration=150, weight=1.8),
        Kind("basic_mental_elderly", "Basis-ggz ouderen", "zvw", "Behandeling bij somberheid, rouw of angst op latere leeftijd, ook aan huis.", "Mensen vanaf 60 jaar met psychische klachten.",
             "somber rouw verlies angst oud eenzaam psycholoog slecht slapen", ("Verwijzing door de huisarts", "Liefst eerst een verkennend gesprek"), 63, 110, 98,
             ("Gecompliceerde rouw na overlijden partner, slaapt en eet slecht.",), (60, 120), OWN_RISK, home=True, duration=160, weight=0.9),
        Kind("special_mental", "Specialistische ggz", "zvw", "Behandeling bij ernstige of langdurige psychische stoornissen door een team.", "Mensen met ernstige psychische problemen.",
             "psychose bipolair persoonlijkheid ernstig crisis eetstoornis verslaving", ("Verwijzing door de huisarts of medisch specialist",), 108, 126, 98,
             ("Recidief depressieve stoornis met eerdere opname. Graag behandeling SGGZ.",), (18, 120), OWN_RISK, duration=330, weight=0.9),
        Kind("youth_mental", "Jeugd-ggz", "jeugdwet", "Onderzoek en behandeling bij ADHD, autisme, angst of somberheid.", "Kinderen en jongeren tot 18 jaar en hun ouders.",
             "kind jongere adhd autisme druk angst school pesten somber", ("Verwijzing door huisarts, jeugdarts of gemeente",), 84, 70, 98,
             ("Aandachtsproblemen op school en thuis. Graag diagnostiek ADHD.",), (4, 17), duration=200, weight=0.9),
    ),
    "hospital": (
        Kind("geriatrics", "Geriatrie: valpolikliniek", "zvw", "Onderzoek in één ochtend naar waarom u valt en wat daaraan te doen is.", "Ouderen die vallen of duizelig zijn.",
             "vallen duizelig botten oud medicijnen evenwicht", ("Minstens twee keer gevallen in een jaar",), 31, 26, 28, ("Driemaal gevallen, orthostase? Polyfarmacie. Graag uw beoordeling.",), (65, 120), OWN_RISK, duration=45, weight=1.2),
        Kind("memory", "Geheugenpolikliniek", "zvw", "Onderzoek bij vergeetachtigheid of ander gedrag.", "Mensen met geheugenklachten en hun naasten.", "geheugen vergeten dementie alzheimer verward", (), 45, 38, 28,
             ("Sinds een jaar vergeetachtig, MMSE 23. Graag diagnostiek.",), (50, 120), OWN_RISK, duration=60, weight=0.8),
        Kind("cardiology", "Cardiologie", "zvw", "Polikliniek voor hart en vaten.", "Mensen met klachten die van het hart kunnen komen.", "hart pijn borst kortademig hartkloppingen ritme bloeddruk", (), 24, 30, 28,
             ("Dyspnoe d'effort en enkeloedeem, NT-proBNP verhoogd. Graag echo en advies.",), (18, 120), OWN_RISK, duration=90, weight=1.9),
        Kind("rheumatology", "Reumatologie", "zvw", "Polikliniek voor gewrichten en spieren.", "Mensen met ontstoken gewrichten.", "reuma gewrichten pijn stijf handen jicht", (), 39, 52, 28,
             ("Symmetrische zwelling MCP-gewrichten, CRP 32. Artritis?",), (18, 120), OWN_RISK, duration=120, weight=0.7),
        Kind("pulmonology", "Longgeneeskunde", "zvw", "Polikliniek voor longen en slaapapneu.", "Mensen met kortademigheid of hoesten.", "longen benauwd hoesten copd astma slaapapneu snurken", (), 27, 25, 28,
             ("COPD met frequente exacerbaties ondanks behandeling.",), (18, 120), OWN_RISK, duration=90, weight=1.0),
        Kind("orthopaedics", "Orthopedie", "zvw", "Polikliniek voor botten en gewrichten, en operaties aan heup en knie.", "Mensen met klachten van het bewegen.", "knie heup pijn bewegen operatie artrose schouder", (), 33, 48, 28,
             ("Gonartrose met toenemende pijn, conservatief uitbehandeld.",), (16, 120), OWN_RISK, duration=110, weight=1.4),
    ),
    "pharmacy": (
        Kind("medication_review", "Medicatiebeoordeling", "zvw", "De apotheker bekijkt met u en de huisarts al uw medicijnen.", "Mensen die vijf of meer medicijnen gebruiken.", "medicijnen pillen veel bijwerkingen duizelig apotheek", ("Vijf of meer medicijnen",), 18, 22, None,
             ("Elf middelen, valneiging. Graag medicatiebeoordeling.",), (65, 120), duration=30, weight=0.8),
        Kind("dosing_system", "Weekdoos of medicijnrol", "zvw", "Uw medicijnen per moment verpakt, ook thuisbezorgd.", "Mensen die hun medicijnen door elkaar halen.", "medicijnen vergeten baxter weekdoos rol bezorgen", (), 5, 5, None,
             ("Vergeet medicatie; graag medicijnrol.",), (18, 120), home=True, self_referral=True, duration=10, weight=0.6),
    ),
    "social": (
        Kind("broad_support", "Sociaal team: brede ondersteuning", "wmo", "Eén vaste hulpverlener die met u kijkt naar wonen, geld, opvoeden, meedoen en gezondheid.", "Mensen met vragen op meer gebieden tegelijk.",
             "hulp regelen geld schulden eenzaam wonen gezin opvoeden mantelzorg problemen thuis brieven", (), 20, 34, 42,
             ("Problemen op meerdere gebieden: schulden, huisvesting en gezondheid. Graag regie.", "Mantelzorger overbelast, administratie loopt vast."), (18, 120), local=True, home=True, self_referral=True, duration=180, weight=2.2),
        Kind("exploratory_talk", "Verkennend gesprek", "wmo", "Een gesprek bij u thuis met iemand van het wijkteam, ggz en welzijn samen: wat speelt er, en wat kan helpen?", "Mensen die vastlopen en niet weten welke hulp past.",
             "somber eenzaam rouw verdriet slapen piekeren weinig buiten alleen overlijden praten weet niet", (), 7, 16, 14,
             ("Somber na verlies van werk, vraagt zich af welke hulp past.", "Eenzaam sinds verhuizing; lichamelijke klachten zonder verklaring.", "Slaapt slecht, komt weinig buiten. Wat kan helpen?"), (18, 120), local=True, home=True, self_referral=True, duration=35, weight=2.4),
        Kind("debt_help", "Hulp bij schulden en geldzaken", "wmo", "Samen uw post, inkomsten en uitgaven op orde brengen, en regelen met schuldeisers.", "Mensen met geldzorgen.", "schulden geld deurwaarder rekeningen incasso armoede post", (), 15, 28, 28,
             ("Betalingsachterstanden en veel stress. Graag hulp bij geldzaken.",), (18, 120), local=True, self_referral=True, duration=240, weight=1.0),
    ),
    "municipality": (
        Kind("wmo_report", "Wmo-melding: hulp en voorzieningen", "wmo", "Onderzoek naar wat u nodig heeft om thuis te blijven wonen: hulp, vervoer, woningaanpassing.", "Inwoners die zelfstandig willen blijven wonen.",
             "scootmobiel traplift vervoer huishouden aanpassing rolstoel gemeente wmo dagbesteding", (), 36, 30, 42, ("Kan de trap niet meer op. Graag onderzoek naar voorziening.", "Dagbesteding gewenst ter ontlasting van partner."), (18, 120), "eigen bijdrage € 20,60 per maand", local=True, self_referral=True, duration=90, weight=1.6),
        Kind("youth_access", "Toegang jeugdhulp", "jeugdwet", "Samen met ouders bepalen welke hulp een kind nodig heeft.", "Gezinnen met kinderen tot 18 jaar.", "kind opvoeden gezin jeugd scheiding school", (), 25, 21, 42, ("Conflictscheiding, kind trekt zich terug. Graag passende hulp.",), (0, 17), local=True, self_referral=True, duration=120, weight=0.7),
    ),
    "welfare": (
        Kind("grief_group", "Rouwgroep “Samen verder”", "welfare", "Acht bijeenkomsten met anderen die iemand verloren, onder begeleiding.", "Mensen die een dierbare hebben verloren.", "rouw verlies overleden partner verdriet alleen praten groep", (), 21, 24, None,
             ("Verlies van partner, zoekt lotgenoten.",), (18, 120), "€ 15 eigen bijdrage", self_referral=True, duration=70, weight=0.7),
        Kind("eating_together", "Samen eten", "welfare", "Twee keer per week een warme maaltijd met buurtgenoten.", "Iedereen die liever niet alleen eet.", "eten koken alleen eenzaam gezelschap maaltijd buurt", (), 4, 4, None, ("Eet slecht sinds zij alleen is; wil weer met anderen eten.",), (55, 120), "€ 7,50 per maaltijd", self_referral=True, duration=90, weight=0.8),
        Kind("buddy", "Maatje op bezoek", "welfare", "Een vrijwilliger die elke week langskomt of meegaat naar buiten.", "Mensen die weinig mensen zien.", "eenzaam alleen bezoek wandelen vrijwilliger maatje gezelschap", (), 35, 28, None, ("Klein netwerk, komt nauwelijks buiten. Graag een maatje.",), (18, 120), home=True, self_referral=True, duration=240, weight=0.9),
        Kind("fall_prevention", "In Balans: cursus valpreventie", "welfare", "Tien lessen om sterker en zekerder te staan.", "Mensen van 65 jaar en ouder die bang zijn om te vallen.", "vallen evenwicht bewegen sterker oud cursus", (), 24, 30, None, ("Verhoogd valrisico bij test. Graag deelname cursus.",), (65, 120), "€ 40 voor tien lessen", self_referral=True, duration=75, weight=0.8),
        Kind("carer_support", "Steunpunt mantelzorg", "welfare", "Advies, een luisterend oor en vervanging voor wie voor een ander zorgt.", "Mantelzorgers.", "mantelzorg zorgen voor overbelast moe vervanging respijt partner ouder", (), 9, 11, None, ("Zorgt voor partner met dementie, dreigt uit te vallen.",), (16, 120), self_referral=True, duration=100, weight=0.8),
    ),
    "region": (),
}  # fmt: skip

TRAININGS = frozenset(
    {"training_stockings", "training_injecting", "training_catheter", "training_eyedrops", "training_ehealth"}
)
"""The kinds of the academy, for which people come by themselves as well (:mod:`region.generate.trainings`)."""

CODES: dict[str, tuple[str, ...]] = {
    "basic_mental": ("P74", "197480006", "P76", "35489007", "P01", "P03"),
    "basic_mental_elderly": ("P74", "197480006", "P76", "35489007", "Z15"),
    "special_mental": ("P76", "35489007", "P72", "P73"),
    "youth_mental": ("P74", "197480006", "P76", "35489007", "P81"),
    "poh_mental": ("P74", "197480006", "P76", "35489007", "P01", "P03", "Z15"),
    "dementia_case": ("P70", "52448006"),
    "memory": ("P70", "52448006", "P20"),
    "geriatrics": ("P70", "52448006", "L95", "64859006", "A80"),
    "cardiology": ("K77", "84114007", "K78", "49436004", "K86", "38341003"),
    "rheumatology": ("T92", "90560007", "L88"),
    "pulmonology": ("R95", "13645005", "R96", "195967001"),
    "orthopaedics": ("L90", "239873007", "L89", "239872002"),
    "fall_prevention": ("L95", "64859006", "A80"),
    "district_nursing": ("K77", "84114007", "T90", "44054006", "U04", "165232002"),
    "debt_help": ("Z01",),
    "broad_support": ("Z01", "Z03", "Z15"),
    "exploratory_talk": ("P76", "35489007", "P74", "197480006", "P03", "Z15"),
    "grief_group": ("Z15",),
    "carer_support": ("P70", "52448006"),
    "buddy": ("Z15",),
}
"""The problems for which a kind of service is meant, in ICPC-1 and SNOMED CT."""

FORMS = {"debt_help": "money-help"}
"""The kinds of which each service has a form, for who refers and for who asks for help oneself."""
