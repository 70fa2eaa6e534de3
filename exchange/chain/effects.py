"""What an accepted message does to the assignments: asked, assigned, begun, ended, refused; whatever the order in which they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from exchange.chain import codes
from exchange.chain.judge import day, several
from exchange.chain.models import Assignment
from exchange.chain.read import Read, Values
from people.models import Organisation
from referrals.models import Referral


@dataclass(frozen=True)
class About:
    """Between whom a message went and about whom it is."""

    municipality: Organisation
    provider: Organisation
    patient_id: int | None
    person: str
    referral: Referral | None = None


def apply(message: Read, about: About) -> list[Assignment]:
    """Keep what the message says; returns the assignments that it is about."""
    match message.kind:
        case "315":
            asked = several(message.content, "AangevraagdeProducten", "AangevraagdProduct")
            return [_ask(message, one, about) for _path, one in asked]
        case "301":
            given = several(message.content, "ToegewezenProducten", "ToegewezenProduct")
            return [_assign(message, one, about) for _path, one in given]
        case "319":
            return [_answer(message, about)]
        case _:
            word = "Start" if message.kind == "305" else "Stop"
            told = several(message.content, f"{word}Producten", f"{word}Product")
            return [_tell(message, one, about) for _path, one in told]


def undo(message: Read, about: About) -> None:
    """Take back what a message of the own said that the other party did not take: a request, a start, a stop."""
    if message.kind == "315":
        for _path, one in several(message.content, "AangevraagdeProducten", "AangevraagdProduct"):
            Assignment.objects.filter(
                law=message.spec.law, provider=about.provider, reference=one["ReferentieAanbieder"], number=None
            ).update(status=Assignment.Status.REMOVED)
    elif message.kind in {"305", "307"}:
        word = "Start" if message.kind == "305" else "Stop"
        for _path, one in several(message.content, f"{word}Producten", f"{word}Product"):
            _tell(message, {**one, "StatusAanlevering": "3"}, about)


def _product(one: Values) -> dict[str, Any]:
    product, extent = one.get("Product", {}), one.get("Omvang", {})
    return {
        "product_category": product.get("Categorie", ""),
        "product_code": product.get("Code", ""),
        "volume": int(extent["Volume"]) if extent else None,
        "unit": extent.get("Eenheid", ""),
        "frequency": extent.get("Frequentie", ""),
        "budget": int(one["Budget"]) if "Budget" in one else None,
    }


def _ask(message: Read, one: Values, about: About) -> Assignment:
    return Assignment.objects.create(
        patient_id=about.patient_id, person=about.person, organisation=about.municipality, provider=about.provider,
        law=message.spec.law, reference=one["ReferentieAanbieder"], status=Assignment.Status.ASKED, referral=about.referral,
        begins=one["ToewijzingIngangsdatum"], ends=one.get("ToewijzingEinddatum"), **_product(one),
    )  # fmt: skip


def _assign(message: Read, one: Values, about: About) -> Assignment:
    """Assign, or change what was assigned before; what was decided earlier than what is known changes nothing (OP080)."""
    decided = timezone.make_aware(datetime.fromisoformat(f"{one['Toewijzingsdatum']}T{one['Toewijzingstijd']}"))
    pair = {"law": message.spec.law, "organisation": about.municipality, "provider": about.provider}
    rows = Assignment.objects.select_for_update().filter(**pair)
    number, reference = int(one["ToewijzingNummer"]), one.get("ReferentieAanbieder", "")
    found = rows.filter(number=number).first()
    if found is None and reference:
        found = rows.filter(number=None, reference=reference).exclude(status=Assignment.Status.REMOVED).first()
    if found is None:
        found = Assignment(**pair, person=about.person, patient_id=about.patient_id, reference=reference)
    elif found.assigned_at is not None and found.assigned_at >= decided:
        return found
    removed = one.get("RedenWijziging") == codes.REMOVED
    found.number, found.assigned_at = number, decided
    found.status = Assignment.Status.REMOVED if removed else Assignment.Status.ASSIGNED
    found.begins, found.ends = day(one["Ingangsdatum"]) or found.begins, day(one.get("Einddatum"))
    found.patient_id = found.patient_id or about.patient_id
    found.referral = found.referral or about.referral
    for name, value in _product(one).items():
        setattr(found, name, value)
    found.save()
    return found


def _answer(message: Read, about: About) -> Assignment:
    answer = message.content
    pair = {"law": message.spec.law, "organisation": about.municipality, "provider": about.provider}
    found = Assignment.objects.select_for_update().get(**pair, reference=answer["ReferentieAanbieder"], number=None)
    refused = answer["VerzoekAntwoord"] == codes.REFUSED
    found.status = Assignment.Status.REFUSED if refused else Assignment.Status.STUDIED
    found.refusal = answer.get("RedenAfwijzingVerzoek", "")
    found.municipality_code = answer.get("Woonplaatsbeginsel", {}).get("Gemeente", "")
    found.save(update_fields=["status", "refusal", "municipality_code"])
    return found


def _tell(message: Read, one: Values, about: About) -> Assignment:
    """A start or a stop, or that one is taken back."""
    found = Assignment.objects.select_for_update().get(
        law=message.spec.law,
        organisation=about.municipality,
        provider=about.provider,
        number=int(one["ToewijzingNummer"]),
    )
    begun, taken_back = one["Begindatum"], one["StatusAanlevering"] == "3"
    here = next((period for period in found.periods if period["begun"] == begun), None)
    if message.kind == "305":
        others = [period for period in found.periods if period is not here]
        found.periods = others if taken_back else [*others, {"begun": begun, "ended": None, "reason": ""}]
    elif here is not None:
        here["ended"] = None if taken_back else one["Einddatum"]
        here["reason"] = "" if taken_back else one["RedenBeeindiging"]
    found.save(update_fields=["periods"])
    return found
