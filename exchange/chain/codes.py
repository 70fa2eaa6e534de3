"""The code lists of iWmo and iJw 3.2, as far as the adapter needs them, with the words by which a person reads them."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext_lazy as _

Law = Literal["wmo", "jeugdwet"]

MESSAGE_CODES: dict[Law, dict[str, str]] = {
    "wmo": {
        "301": "414", "302": "415", "305": "418", "306": "419", "307": "420", "308": "421", "315": "444", "316": "445",
        "319": "482", "320": "483",
    },
    "jeugdwet": {
        "301": "436", "302": "437", "305": "438", "306": "439", "307": "440", "308": "441", "315": "446", "316": "447",
        "319": "488", "320": "489",
    },
}  # fmt: skip
"""COD002-VEKT: the code in the header of each message."""

ANSWERED_BY = {"301": "302", "305": "306", "307": "308", "315": "316", "319": "320"}
"""The return message of each message."""

KINDS = {
    "301": _("Toewijzing"),
    "302": _("Retour op toewijzing"),
    "305": _("Start van de hulp"),
    "306": _("Retour op start"),
    "307": _("Stop van de hulp"),
    "308": _("Retour op stop"),
    "315": _("Verzoek om toewijzing"),
    "316": _("Retour op verzoek"),
    "319": _("Antwoord op verzoek"),
    "320": _("Retour op antwoord"),
}
"""What each message is, in the words of the screen."""

BY_MUNICIPALITY = frozenset({"301", "319"})
"""Messages that a municipality sends to a provider; the others go the other way."""

GENDERS = {"0": "unknown", "1": "male", "2": "female"}
DATE_USES = frozenset("123")
YES_NO = frozenset("12")
STATUSES = frozenset("139")
NAME_USES = {"1": "NL1", "2": "NL2", "3": "NL3", "4": "NL4", "5": "", "6": ""}
FORMS = frozenset("123")
ADDRESSES = frozenset({"01", "02", "03", "04"})
HOUSES = frozenset({"AB", "BY", "TO", "WW"})
RELATIONS = frozenset({f"{number:02d}" for number in range(3, 26)})
LEGAL_STATES = frozenset({"01", "02", "03", "04", "05", "11", "12"})
REPRESENTATIONS = frozenset({"06", "07", "08", "09", "10"})
UNITS = {
    "01": _("minuut"),
    "04": _("uur"),
    "14": _("etmaal"),
    "16": _("dagdeel (4 uur)"),
    "82": _("stuks (output)"),
    "83": _("euro"),
    "84": _("stuks (inspanning)"),
}
FREQUENCIES = {
    "1": _("per dag"),
    "2": _("per week"),
    "4": _("per maand"),
    "6": _("in totaal"),
}
CHANGES = frozenset({f"{number:02d}" for number in range(1, 15)})
REMOVED = "13"
CATEGORIES = {
    "01": _("hulp bij het huishouden"),
    "02": _("begeleiding"),
    "03": _("persoonlijke verzorging"),
    "04": _("kortdurend verblijf"),
    "05": _("woondiensten"),
    "06": _("andere ondersteuning van persoon of gezin"),
    "07": _("dagbesteding"),
    "08": _("vervoerdiensten"),
    "09": _("andere ondersteuning in een groep"),
    "10": _("andere maatwerkarrangementen"),
    "11": _("rolstoelen"),
    "12": _("vervoervoorzieningen"),
    "13": _("woonvoorzieningen"),
    "14": _("andere hulpmiddelen"),
    "15": _("beschermd wonen"),
    "16": _("opvang"),
    "17": _("spoedopvang"),
    "18": _("ander beschermd wonen en opvang"),
}
"""WMO020, the product categories of the Wmo; those of the Jeugdwet (JZ020) are checked by their form alone."""

REFERRERS = {
    "01": _("gemeente"),
    "02": _("huisarts"),
    "03": _("jeugdarts"),
    "04": _("gecertificeerde instelling"),
    "05": _("medisch specialist"),
    "06": _("geen verwijzer, de inwoner zelf"),
    "08": _("rechter of officier van justitie"),
}
NAMED_REFERRERS = frozenset({"02", "03", "04", "05"})
"""Who is named, or given by code, when it referred (CD066, CD067)."""

ENDINGS: dict[Law, dict[str, tuple[object, str]]] = {
    "wmo": {
        "02": (_("overleden"), "deceased"),
        "19": (_("volgens plan beëindigd"), "helped"),
        "20": (_("tijdelijk beëindigd"), ""),
        "21": (_("door de inwoner beëindigd"), "stopped"),
        "22": (_("door de aanbieder beëindigd"), "elsewhere"),
        "23": (_("in overleg eerder beëindigd"), "helped"),
        "31": (_("verhuisd naar een andere gemeente"), "moved"),
        "36": (_("door de gemeente beëindigd"), "elsewhere"),
        "37": (_("door een wijzigingsverzoek"), "ongoing"),
        "38": (_("naar een andere aanbieder"), "elsewhere"),
        "39": (_("naar een ander domein"), "elsewhere"),
    },
    "jeugdwet": {
        "02": (_("overleden"), "deceased"),
        "20": (_("tijdelijk beëindigd"), ""),
        "31": (_("volgens plan beëindigd"), "helped"),
        "32": (_("door de inwoner beëindigd"), "stopped"),
        "33": (_("door de aanbieder beëindigd"), "elsewhere"),
        "34": (_("in overleg eerder beëindigd"), "helped"),
        "35": (_("door omstandigheden beëindigd"), "stopped"),
        "36": (_("door de gemeente beëindigd"), "elsewhere"),
        "37": (_("door een wijzigingsverzoek"), "ongoing"),
        "38": (_("naar een andere aanbieder"), "elsewhere"),
        "39": (_("naar een ander domein"), "elsewhere"),
    },
}
"""WMO588 and JZ588: why help ended, and the outcome of the referral that fits; a pause (20) closes nothing."""
PAUSED = "20"

REFUSED, IN_STUDY = "1", "2"
ANSWERS = {REFUSED: _("verzoek afgewezen"), IN_STUDY: _("in onderzoek")}
REFUSALS = {
    "1": (_("geen wijziging, maar een nieuwe aanvraag"), "otherwise"),
    "2": (_("past niet binnen het budget"), "no_capacity"),
    "3": (_("geen contract"), "cannot_deliver"),
    "4": (_("past niet binnen het contract"), "cannot_deliver"),
    "5": (_("andere gemeente"), "not_eligible"),
    "6": (_("stapeling"), "not_eligible"),
    "7": (_("inhoudelijk afgewezen"), "not_eligible"),
    "8": (_("woonplaatsbeginsel"), "not_eligible"),
    "9": (_("leeftijdsgrens bereikt"), "not_eligible"),
}
"""WJ759: why a municipality refuses a request, and the reason of rejection of the referral that fits."""
OTHER_MUNICIPALITY = "8"

RETURN_CODES = {
    "0001": _("Om technische redenen afgekeurd."),
    "0200": _("Geen opmerking."),
    "0233": _("Niet beoordeeld."),
    "8848": _("De dagtekening ligt in de toekomst."),
    "9019": _("Er is geen toewijzing waar dit bij hoort."),
    "9056": _("Dit nummer is al voor een ander bericht gebruikt."),
    "9063": _("Er is geen eerder bericht om te verwijderen."),
    "9069": _("Er is geen lopende start waar deze stop bij hoort."),
    "9071": _("De start kan niet weg: de hulp is al gestopt."),
    "9074": _("Dit is al eerder gemeld."),
    "9326": _("De hulp loopt nog: er is nog geen stop gemeld."),
    "9332": _("Dit toewijzingsnummer is al voor iets anders gebruikt."),
    "9347": _("Deze referentie is al eerder gebruikt."),
    "9355": _("Deze referentie hoort niet bij een verzoek."),
    "9359": _("Op dit verzoek is al een toewijzing gestuurd."),
    "9360": _("Dat het verzoek in onderzoek is, was al gemeld."),
    "9365": _("Op dit verzoek is al geantwoord."),
    "9374": _("Er loopt al een verzoek voor deze inwoner."),
    "9379": _("Deze referentie hoort niet bij een open verzoek."),
    "9413": _("Deze pauze is al gemeld."),
    "9414": _("De einddatum ligt voor die van een eerdere melding."),
    "9415": _("Deze stop is al gemeld."),
    "S300": _("De gemeentecode is niet bekend."),
    "S329": _("De productcode past niet bij de categorie."),
}
"""WJ001 in words of this product; a code that is not here is shown as it is."""

NO_REMARK, TECHNICAL, NOT_JUDGED = "0200", "0001", "0233"
