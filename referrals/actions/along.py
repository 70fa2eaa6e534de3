"""Putting what was ticked of the record with a referral, as it is at that moment."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from dossier.access import Item, coded_for
from events.actor import Actor
from events.errors import Refused
from people.models import Patient
from referrals.access import part_selection_for, selection_for
from referrals.access.along import why_not
from referrals.models import LetterItem, Referral, Step
from square.models import HealthcareService
from trust.access import Opening, sharing


def chosen_of(
    opening: Opening, service: HealthcareService, refs: Iterable[str], by: Actor, whole: Referral | None = None
) -> list[Item]:
    """What was ticked, of the record and for a part also of what came with the ``whole``.

    ``Refused`` where something may not go to this receiver, or is no longer there.
    """
    wanted = set(refs)
    if not wanted:
        return []
    with override(settings.LANGUAGE_CODE):  # what goes along is kept in Dutch, whatever the sender reads
        groups = (
            part_selection_for(by, opening, service, whole) if whole else selection_for(by, opening, service, wanted)
        )
    chosen = [item for group in groups if not group.reason for item in group.items if item.ref in wanted]
    if {item.ref for item in chosen} != wanted:
        raise Refused(
            _("Wat mee kan is veranderd, of een onderdeel mag niet naar deze ontvanger. Kijk opnieuw wat er meegaat."),
            field="items",
        )
    return chosen


def brought_along(patient: Patient, service: HealthcareService, items: Iterable[Item], by: Actor) -> list[Item]:
    """Of what the sender's own system gave along, what may go to this receiver."""
    items = list(items)
    if not items:
        return []
    may = sharing(by, patient, service.organisation)
    return [item for item in items if not why_not(item.kind, may, service)]


def put_along(referral: Referral, chosen: Iterable[Item], by: Actor, step: Step | None = None) -> None:
    """Write what goes along; of a document the version that there is now, of a fact also what it says in codes."""
    chosen = list(chosen)
    coded = coded_for(referral.patient_id, [item.ref for item in chosen])
    LetterItem.objects.bulk_create(
        LetterItem(
            referral=referral, patient_id=referral.patient_id, organisation_id=by.organisation_id, category=item.kind,
            kind=item.kind, title=item.title[:300], detail=item.detail[:600], on_date=item.on_date[:25], origin=item.origin[:160],
            document_id=_document_of(item), step=step, coded=item.coded or coded.get(item.ref),
        )
        for item in chosen
    )  # fmt: skip


def _document_of(item: Item) -> int | None:
    kind, _colon, number = item.ref.partition(":")
    return int(number) if kind == "document" else None
