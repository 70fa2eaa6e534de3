"""What the bar over every page of one person shows: who it is, what must be known at once, and the whole number when asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossier.access.facts import when
from dossier.models import Entry, Fact
from dossier.sources.directives import answer_in
from events.actor import Actor
from people.models import NameUse, Organisation, Patient, PatientIdentity
from trust.access import Opening
from trust.categories import Category

LIMITS: dict[str, str] = {
    "89666000": gettext_noop("Niet reanimeren"),
    "40617009": gettext_noop("Niet beademen"),
    "305351004": gettext_noop("Niet naar de intensive care"),
    "32485007": gettext_noop("Niet naar het ziekenhuis"),
    "281789004": gettext_noop("Geen antibiotica"),
    "116762002": gettext_noop("Geen bloedproducten"),
}
"""What a treatment that is not to be done is called at the bedside, by its SNOMED CT code (zib TreatmentDirective2)."""
KNOWN = {words.lower(): code for code, words in LIMITS.items()}
"""The other way around: professionals write these same words in an entry of their own."""
ENDED = frozenset({"ended", "negated", "error"})
LONGEST = 60
AT_ONCE = 3
"""So many flags stand in the bar itself; the rest behind how many more there are."""


@dataclass(frozen=True)
class Flag:
    """One thing that everybody must know at once: ``label`` for the bar, ``words`` in full, ``status`` as the shape of the chip."""

    label: str
    words: str
    status: str


def person_of(
    opening: Opening, actor: Actor, *, facts: Iterable[Fact] | None = None, entries: Iterable[Entry] | None = None
) -> dict[str, Any]:
    """What the bar over every page of one person shows; of the BSN its last digits, and none where it may not be processed (Wabvpz).

    ``facts`` and ``entries`` of wishes and alerts are read here when they were not read already: two queries.
    """
    patient = opening.patient
    may = Value(True) if actor.kind == "citizen" else Exists(_may_process(actor))
    identity = PatientIdentity.objects.filter(patient=patient).annotate(may=may).first()
    flags = _flags(_facts(opening) if facts is None else facts, _entries(opening) if entries is None else entries)
    return {
        "name": patient.name,
        "called": patient.call_name if patient.call_name not in patient.name else "",
        "url": reverse("workplace:patient", args=[patient.key]),
        "sex": patient.get_gender_display(),
        "age": patient.age,
        "born": patient.birth_date,
        "deceased": patient.deceased_on,
        "bsn": identity.bsn[-4:] if identity and identity.may else "",
        "bsn_url": reverse("workplace:bsn", args=[patient.key]) if actor.kind == "professional" else "",
        "details": _details(patient, identity),
        "flags": flags[:AT_ONCE],
        "all_flags": flags,
        "more_flags": max(len(flags) - AT_ONCE, 0),
        "other_flags": max(len(flags) - (0 if patient.deceased_on else 1), 0),
    }


def bsn_of(opening: Opening, actor: Actor) -> str:
    """The whole BSN of an opened record; raises ``PermissionDenied`` where the organisation may not process it (Wabvpz art. 4 and 8)."""
    if not _may_process(actor).exists():
        raise PermissionDenied(_("Uw organisatie mag het BSN niet gebruiken."))
    identity = PatientIdentity.objects.filter(patient=opening.patient).first()
    return identity.bsn if identity else ""


def _may_process(actor: Actor) -> Any:
    return Organisation.objects.filter(pk=actor.works_for, may_process_bsn=True)


def _details(patient: Patient, identity: PatientIdentity | None) -> list[tuple[str, str]]:
    """The parts of the name as zib NameInformation knows them, and where the person lives and is reached."""
    own = f"{patient.own_prefix} {patient.own_name}".strip()
    partner = f"{patient.partner_prefix} {patient.partner_name}".strip()
    told = [
        (_("Roepnaam"), patient.call_name),
        (_("Voornamen"), patient.first_names),
        (_("Voorletters"), patient.initials),
        (_("Geslachtsnaam"), own),
        (_("Geslachtsnaam partner"), partner),
        (_("Wordt genoemd met"), str(NameUse(patient.name_use).label) if partner else ""),
    ]
    if patient.deceased_on:
        told.append((_("Overleden op"), date_format(patient.deceased_on, _("j F Y"))))
    if identity:
        street = f"{identity.street} {identity.house_number}".strip()
        code = f"{identity.postcode[:4]} {identity.postcode[4:]}".strip()
        told += [
            (_("Adres"), ", ".join(filter(None, [street, f"{code} {identity.place}".strip()]))),
            (_("Telefoon"), identity.phone),
            (_("E-mail"), identity.email),
        ]
    return [(label, words) for label, words in told if words]


def _facts(opening: Opening) -> Iterable[Fact]:
    return (
        Fact.objects.filter(
            patient=opening.patient, category__in=[Category.WISHES, Category.ALERTS], expires_at__gt=timezone.now()
        )
        .defer("resource", "original", "line")
        .order_by("-on_date", "title", "pk")
    )


def _entries(opening: Opening) -> Iterable[Entry]:
    limits = Q(text__istartswith="niet ") | Q(text__istartswith="geen ")
    return Entry.objects.filter(limits, patient=opening.patient, kind=Entry.Kind.WISH, replaced_by=None).order_by(
        "-on_date", "-at"
    )


def _flags(facts: Iterable[Fact], entries: Iterable[Entry]) -> list[Flag]:
    """Treatment limits first, then alerts, each once however many sources tell it; sources that disagree are said to."""
    limits: dict[str, Flag] = {}
    alerts: dict[str, Flag] = {}
    answers: dict[str, set[str]] = {}
    for entry in entries:
        first = entry.text.split("\n")[0].split(". ")[0].strip().rstrip(".")
        if entry.kind == Entry.Kind.WISH and first.lower().startswith(("niet ", "geen ")):
            treatment = KNOWN.get(first.lower(), "")
            named = _(LIMITS[treatment]) if treatment else first
            limits.setdefault(treatment or named.lower(), Flag(_short(named), entry.text, "alert"))
    for fact in facts:
        if fact.state in ENDED or not _holds(fact):
            continue
        if fact.category == Category.ALERTS and fact.state in {"active", ""}:
            alerts.setdefault(fact.title.lower(), Flag(_short(fact.title), _whole(fact), "gap"))
        elif fact.category == Category.WISHES and fact.resource_type == "Consent":
            answer = answer_in(fact.detail)
            treatment = fact.code.rpartition("|")[2]
            answers.setdefault(treatment, set()).add(answer)
            if answer == "deny":
                named = _(LIMITS[treatment]) if treatment in LIMITS else f"{fact.title}: {fact.detail}"
                limits.setdefault(
                    treatment if treatment in LIMITS else named.lower(), Flag(_short(named), _whole(fact), "alert")
                )
            elif answer == "" and fact.attention:
                named = _("%(treatment)s: met beperking") % {"treatment": fact.title}
                limits.setdefault(named.lower(), Flag(_short(named), _whole(fact), "alert"))
    for treatment, given in answers.items():
        if {"permit", "deny"} <= given and treatment in LIMITS:
            named = _(LIMITS[treatment])
            words = _("Bronnen spreken elkaar tegen: de één zegt van wel, de ander van niet.")
            limits[treatment] = Flag(_("%(limit)s? Bronnen verschillen") % {"limit": named}, words, "alert")
    return [*limits.values(), *alerts.values()]


def _holds(fact: Fact) -> bool:
    """Whether it has no end, or its end is still to come."""
    return not fact.until or fact.until[:10] >= timezone.localdate().isoformat()[: len(fact.until[:10])]


def _whole(fact: Fact) -> str:
    source = fact.source.name if "source" in fact._state.fields_cache else ""
    words = [f"{fact.title} {fact.detail}".strip(), *map(str, fact.attention), when(fact.on_date), source]
    return " · ".join(filter(None, words))


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"
