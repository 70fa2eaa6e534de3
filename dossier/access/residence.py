"""Which municipality is responsible for help under the Jeugdwet or the Wmo on a day, and by which rule and address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossier.models import Residence
from people.models import Patient
from trust.access import Opening

Kind = Residence.Kind


class Rule(models.TextChoices):
    """By which rule a municipality is responsible."""

    HOME = "home", _("de gemeente van het woonadres")
    BEFORE_STAY = "before_stay", _("de gemeente van het woonadres vlak voor het verblijf")
    MOTHER = "mother", _("de gemeente waar de moeder stond ingeschreven bij de geboorte")
    ACTUAL = "actual", _("de gemeente waar iemand feitelijk verblijft")
    RESIDENT = "resident", _("de gemeente waar iemand woont of verblijft")
    ANY = "any", _("iedere gemeente: iemand meldt zich waar hij wil")
    TOO_OLD = "too_old", _("de Jeugdwet geldt tot 23 jaar")
    UNKNOWN = "unknown", _("niet vast te stellen met wat hier bekend is")


SOURCES: dict[Rule, str] = {
    Rule.HOME: "Jeugdwet art. 1.1, woonplaats onder 1° (Stb. 2020, 78)",
    Rule.BEFORE_STAY: "Jeugdwet art. 1.1, woonplaats onder 2° (Stb. 2020, 78)",
    Rule.MOTHER: "Jeugdwet art. 1.1, woonplaats onder 3° (Stb. 2020, 78)",
    Rule.ACTUAL: "Jeugdwet art. 1.1, woonplaats onder 3° (Stb. 2020, 78)",
    Rule.RESIDENT: "Wmo 2015 art. 1.2.1, onder a",
    Rule.ANY: "Wmo 2015 art. 1.2.1, onder b en c",
    Rule.TOO_OLD: "Jeugdwet art. 1.1, jeugdige",
    Rule.UNKNOWN: "",
}
"""Where each rule stands."""


class Doubt(models.TextChoices):
    """What a person looks at before relying on the answer."""

    NO_HISTORY = "no_history", _("er is geen adresgeschiedenis; dit is de woonplaats uit de personalia")
    GAP = "gap", _("tussen dit adres en het verblijf zit een tijd waarvan niets bekend is")
    GROWN = "grown", _("18 jaar of ouder: de Jeugdwet geldt alleen als de hulp toen al liep (verlengde jeugdhulp)")
    PROTECTED = "protected", _("het woonadres is afgeschermd; vraag het na bij de BRP")
    NOW_UNKNOWN = "now_unknown", _("waar iemand nu woont, is niet bekend")


YOUTH, EXTENDED = 18, 23
"""Ages until which somebody is a youth, and until which help that ran can be continued under the Jeugdwet."""

FREE_CHOICE = frozenset({"sheltered_living", "shelter"})
"""Kinds of service (opvang, beschermd wonen) for which somebody may turn to any municipality; a bill (36 288) would change this."""


@dataclass(frozen=True)
class Responsible:
    """The answer: a municipality or nothing, the rule, the address it rests on (nothing for the particulars), and doubts."""

    municipality: str
    rule: Rule
    because: Residence | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def source(self) -> str:
        """The article that says so."""
        return SOURCES[self.rule]


def residences_for(opening: Opening) -> list[Residence]:
    """Where the person lived and stayed as far as it was written down, the latest first."""
    found = Residence.objects.filter(patient=opening.patient).select_related("organisation", "stated_by")
    return list(found.order_by("-since", "-pk"))


def responsible_for(opening: Opening, *, law: str, kind: str, on: date) -> Responsible | None:
    """The municipality that is responsible on a day for a service of this kind under this law; nothing under other laws."""
    if law not in {"wmo", "jeugdwet"}:
        return None
    return responsible(residences_for(opening), opening.patient, law=law, kind=kind, on=on)


def responsible(rows: Sequence[Residence], patient: Patient, *, law: str, kind: str, on: date) -> Responsible:
    """The rule itself, over the history in any order. Not confirmed by the register of persons; a person decides."""
    history = sorted((row for row in rows if row.kind != Kind.MOTHER), key=lambda row: row.since, reverse=True)
    now = next((row for row in history if row.since <= on and (row.until is None or on < row.until)), None)
    if law == "wmo":
        return _wmo(history, now, patient, kind)
    age = on.year - patient.birth_date.year - ((on.month, on.day) < (patient.birth_date.month, patient.birth_date.day))
    if age >= EXTENDED:
        return Responsible("", Rule.TOO_OLD)
    grown = (Doubt.GROWN,) if age >= YOUTH else ()
    found = _youth(history, now, patient, next((row for row in rows if row.kind == Kind.MOTHER), None))
    return Responsible(found.municipality, found.rule, found.because, (*grown, *found.doubts))


def _wmo(history: list[Residence], now: Residence | None, patient: Patient, kind: str) -> Responsible:
    if kind in FREE_CHOICE:
        return Responsible("", Rule.ANY)
    if now is not None and now.protected:
        return Responsible("", Rule.UNKNOWN, now, (Doubt.PROTECTED,))
    if now is not None:
        return Responsible(now.municipality, Rule.RESIDENT, now)
    if history or not patient.municipality:
        return Responsible("", Rule.UNKNOWN, None, (Doubt.NOW_UNKNOWN,))
    return Responsible(patient.municipality, Rule.RESIDENT, None, (Doubt.NO_HISTORY,))


def _youth(history: list[Residence], now: Residence | None, patient: Patient, mother: Residence | None) -> Responsible:
    doubts: tuple[Doubt, ...] = ()
    if now is not None and now.kind == Kind.HOME:
        if not now.protected:
            return Responsible(now.municipality, Rule.HOME, now)
        doubts = (Doubt.PROTECTED,)
    elif now is not None and now.kind in Residence.STAYS:
        first = now
        for row in history:  # one stay may follow another: what counts is the address before the first of them
            if row.since < first.since:
                if row.kind in Residence.STAYS:
                    first = row
                    continue
                if row.kind == Kind.HOME and not row.protected:
                    gap = row.until is None or row.until < first.since
                    return Responsible(row.municipality, Rule.BEFORE_STAY, row, (Doubt.GAP,) if gap else ())
                doubts = (Doubt.PROTECTED,) if row.protected else ()
                break
    elif now is None and not history and patient.municipality:
        return Responsible(patient.municipality, Rule.HOME, None, (Doubt.NO_HISTORY,))
    elif now is None:
        doubts = (Doubt.NOW_UNKNOWN,)
    if mother is not None:
        return Responsible(mother.municipality, Rule.MOTHER, mother, doubts)
    if now is not None and not now.protected:
        return Responsible(now.municipality, Rule.ACTUAL, now, doubts)
    return Responsible("", Rule.UNKNOWN, now, doubts)
