"""What the bar over every page of one person shows: who it is, what must be known at once, and the whole number when asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dossier.access.flags import AT_ONCE, flags_of
from dossier.models import Entry, Fact
from events.actor import Actor
from people.models import NameUse, Organisation, Patient, PatientIdentity
from trust.access import Opening
from trust.categories import Category

FRAME = frozenset({Category.IDENTITY, Category.ALERTS, Category.WISHES})
"""What every page of one person opens for the bar, whatever else it shows: who it is, and what must be known at once."""


def person_of(
    opening: Opening, actor: Actor, *, facts: Iterable[Fact] | None = None, entries: Iterable[Entry] | None = None
) -> dict[str, Any]:
    """What the bar over every page of one person shows; of the BSN its last digits, and none where it may not be processed (Wabvpz).

    ``facts`` and ``entries`` of wishes and alerts are read here when they were not read already: two queries.
    """
    patient = opening.patient
    may = Value(True) if actor.kind == "citizen" else Exists(_may_process(actor))
    identity = PatientIdentity.objects.filter(patient=patient).annotate(may=may).first()
    flags = flags_of(_facts(opening) if facts is None else facts, _entries(opening) if entries is None else entries)
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
        .select_related("source", "organisation")
        .defer("resource", "original", "line")
        .order_by(*Fact.ORDER)
    )


def _entries(opening: Opening) -> Iterable[Entry]:
    wishes = Entry.objects.filter(patient=opening.patient, kind=Entry.Kind.WISH, replaced_by=None)
    return wishes.order_by("-on_date", "-at", "-pk")
