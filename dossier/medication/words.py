"""The Dutch words of the medication overview: sections, kinds of blocks, notes, differences and trends."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.medication.blocks import Block
from dossier.medication.codes import Kind, Stop, Use
from dossier.medication.compare import Difference
from dossier.medication.labs import Trend
from dossier.medication.lines import Note, Section

SECTIONS = {
    Section.CURRENT: gettext_lazy("Huidige medicatie"),
    Section.FUTURE: gettext_lazy("Toekomstige medicatie"),
    Section.SUSPENDED: gettext_lazy("Tijdelijk onderbroken"),
    Section.STOPPED: gettext_lazy("Gestopt in de laatste 2 maanden"),
    Section.UNCLEAR: gettext_lazy("Niet te duiden"),
    Section.EARLIER: gettext_lazy("Eerder gebruikt"),
}
KINDS = {
    Kind.MA: gettext_lazy("medicatieafspraak"),
    Kind.TA: gettext_lazy("toedieningsafspraak"),
    Kind.WDS: gettext_lazy("wisselend doseerschema"),
    Kind.VV: gettext_lazy("verstrekkingsverzoek"),
    Kind.MVE: gettext_lazy("verstrekking"),
    Kind.MGB: gettext_lazy("medicatiegebruik"),
    Kind.MTD: gettext_lazy("toediening"),
    Kind.OTHER: gettext_lazy("onbekend gegeven"),
}
STOPS = {
    Stop.SUSPENDED: gettext_lazy("onderbroken"),
    Stop.STOPPED: gettext_lazy("stopgezet"),
    Stop.CANCELLED: gettext_lazy("geannuleerd, nooit gebruikt"),
    Stop.UNKNOWN: gettext_lazy("gestopt, wijze onbekend"),
}
DIFFERENCES = {
    Difference.STATE: gettext_lazy("De ene bron noemt dit lopend, de andere gestopt, onderbroken of niet gebruikt"),
    Difference.DOSE: gettext_lazy("Dosering verschilt"),
    Difference.STRENGTH: gettext_lazy("Zelfde werkzame stof, ander product of andere sterkte"),
    Difference.WORDING: gettext_lazy("Dosering anders verwoord, niet te vergelijken"),
    Difference.MENTIONED: gettext_lazy("Ook elders bekend, zonder dosering"),
    Difference.NONE: gettext_lazy("Dubbel vastgelegd, zelfde dosering"),
}
TRENDS = {
    Trend.UP: gettext_lazy("stijgt"),
    Trend.DOWN: gettext_lazy("daalt"),
    Trend.SAME: gettext_lazy("gelijk"),
    Trend.ALONE: gettext_lazy("één meting"),
}
TESTS = {
    "egfr": gettext_lazy("eGFR (nierfunctie)"),
    "creatinine": gettext_lazy("Kreatinine"),
    "potassium": gettext_lazy("Kalium"),
    "sodium": gettext_lazy("Natrium"),
    "inr": gettext_lazy("INR (stolling)"),
    "lithium": gettext_lazy("Lithiumspiegel"),
    "digoxin": gettext_lazy("Digoxinespiegel"),
    "weight": gettext_lazy("Gewicht"),
    "height": gettext_lazy("Lengte"),
}
NOTES = {
    "unreadable_date": gettext_lazy("Een datum van de gebruiksperiode is niet leesbaar."),
    "unreadable_duration": gettext_lazy("De duur van de gebruiksperiode is niet leesbaar."),
    "unknown_stop": gettext_lazy("Het stoptype is een onbekende code."),
    "no_block": gettext_lazy("De bron zegt niet wat voor afspraak dit is."),
    "not_agreed": gettext_lazy("Een voorstel of concept, nog geen afspraak."),
    "do_not": gettext_lazy("De bron zegt dat dit juist niet gebruikt moet worden."),
    "no_product": gettext_lazy("De bron noemt geen geneesmiddel."),
    "no_period": gettext_lazy("De bron geeft geen gebruiksperiode en geen datum."),
    "no_period_ended": gettext_lazy("De bron geeft geen gebruiksperiode, en noemt dit niet meer lopend."),
    "no_stop_moment": gettext_lazy("Gestopt of onderbroken, maar de bron zegt niet wanneer."),
    "ends_before_start": gettext_lazy("De gebruiksperiode eindigt voor zij begint."),
    "side_by_side": gettext_lazy("%(n)s afspraken lopen naast elkaar binnen deze behandeling."),
    "resume_passed": gettext_lazy("De onderbreking zou tot %(day)s duren; er is geen nieuwe afspraak bekend."),
    "condition": gettext_lazy("Begint pas als: %(text)s"),
    "assumed_start": gettext_lazy("Begin niet vermeld; de datum van de afspraak is aangehouden."),
    "schedule_over": gettext_lazy("Het doseerschema is verlopen (%(day)s); er is geen nieuwer schema bekend."),
    "pharmacy_stopped": gettext_lazy(
        "De apotheek stopte de toedieningsafspraak (%(day)s); de medicatieafspraak loopt nog."
    ),
    "pharmacy_goes_on": gettext_lazy("Bij %(source)s loopt de toedieningsafspraak nog door: %(text)s"),
    "pharmacy_differs": gettext_lazy("De voorschrijver sprak een andere dosering af: %(text)s"),
    "delivered_as": gettext_lazy("Voorgeschreven als %(product)s"),
    "only_use": gettext_lazy("Alleen het gebruik is bekend, geen afspraak van een voorschrijver."),
    "use_unsaid": gettext_lazy("De bron zegt niet of dit werkelijk gebruikt wordt."),
    "only_supply": gettext_lazy("Alleen een verstrekking bekend, geen afspraak."),
    "only_request": gettext_lazy("Alleen een verzoek om te verstrekken bekend, geen afspraak."),
    "only_administration": gettext_lazy("Alleen een toediening bekend, geen afspraak."),
    "in_error": gettext_lazy("Ten onrechte vastgelegd volgens de bron."),
    "some_in_error": gettext_lazy("%(n)s bouwsteen hierbij is ten onrechte vastgelegd volgens de bron."),
    "status_denies": gettext_lazy("De periode loopt nog, maar de bron geeft als status: %(status)s."),
    "source_says": gettext_lazy("%(text)s"),
}
STATUSES = {
    "completed": gettext_lazy("afgerond"),
    "stopped": gettext_lazy("gestopt"),
    "cancelled": gettext_lazy("geannuleerd"),
    "on-hold": gettext_lazy("onderbroken"),
    "suspended": gettext_lazy("onderbroken"),
    "ended": gettext_lazy("beëindigd"),
    "revoked": gettext_lazy("ingetrokken"),
    "declined": gettext_lazy("geweigerd"),
}


def words_of(note: Note) -> str:
    """A note as a sentence; what the source wrote stays as it is."""
    about = {name: _said(name, value) for name, value in note.about}
    if note.word.startswith("also_"):
        return _("Nog een afspraak hierbij is niet te duiden: %(why)s") % {"why": NOTES[note.word[5:]]}
    if note.word == "schedule_over" and not about.get("day"):
        return _("Er is geen lopend doseerschema bekend.")
    return str(NOTES[note.word]) % about


def _said(name: str, value: str) -> str:
    if name == "day" and len(value) >= 10:
        return date_format(date.fromisoformat(value[:10]), _("j b Y"))
    return str(STATUSES.get(value, value)) if name == "status" else value


def use_of(block: Block) -> str:
    """What is said of the use: not used, held, or how; with the reason."""
    how = {
        Use.NO: _("Gebruikt dit niet"),
        Use.ON_HOLD: _("Gebruikt dit tijdelijk niet"),
    }.get(block.use) or (block.dosage if block.as_agreed is not True else _("Gebruikt zoals afgesproken"))
    return f"{how} ({block.change_reason})" if block.change_reason else how or _("Gebruik niet omschreven")
