"""Choices of the patient: chosen, withdrawn, confirmed by a guardian, or told by the national consent service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation, Patient, User
from trust.access import guards, may_choose
from trust.actions.call import call, row
from trust.categories import to_mask
from trust.models import Consent


def end_of(day: date | None) -> datetime | None:
    """The moment at which a whole day has passed, in Dutch time; nothing stays nothing. Raises ``Refused`` for a day before today."""
    if day is None:
        return None
    if day < timezone.localdate():
        raise Refused(_("Kies een einddatum in de toekomst."), field="ends")
    return timezone.make_aware(datetime.combine(day, time.max))


@transaction.atomic
def choose(
    *,
    patient: Patient,
    permit: bool,
    categories: Iterable[int],
    by: Actor,
    reader_domain: str = "",
    reader_organisation: Organisation | None = None,
    reader_user: User | None = None,
    holder_domain: str = "",
    holder_organisation: Organisation | None = None,
    ends: date | None = None,
    established: str = "",
) -> Consent:
    """Keep a choice of the patient about who may see what of whom; it ends the former choice on the same three axes.

    By the citizen, by who acts for them, or by a professional with a care relation, who says how the choice was
    ``established`` (Wabvpz art. 15a). It counts from this moment by the database's clock until the end of ``ends``. A
    permission by somebody under sixteen waits for a guardian.
    """
    mask = to_mask(categories)
    if not mask:
        raise Refused(_("Kies minstens één soort gegevens."), field="categories")
    if not may_choose(by, patient, permit=permit, holder=holder_organisation, established=established):
        raise PermissionDenied(_("U legt voor deze inwoner geen keuzes vast."))
    number = call(
        "trust_choose", patient.pk, permit, mask, holder_domain, holder_organisation and holder_organisation.pk, reader_domain,
        reader_organisation and reader_organisation.pk, reader_user and reader_user.pk, end_of(ends), established,
    )  # fmt: skip
    made = Consent.objects.filter(pk=number).first() or Consent(
        pk=number, patient=patient, permit=permit, categories=mask
    )
    record("consent.chosen", subject=made, patient_id=patient.pk, data={"permit": permit}, by=by)
    return made


@transaction.atomic
def withdraw(*, consent: Consent, by: Actor) -> None:
    """End a choice, so that without another one no choice is left; also turns down a child's choice that waits."""
    turned_down = consent.awaits and consent.set_by_id != by.user_id
    if call("trust_withdraw", consent.pk):
        record(
            "consent.withdrawn",
            subject=consent,
            patient_id=consent.patient_id,
            data={"turned_down": turned_down},
            by=by,
        )


@transaction.atomic
def confirm_choice(*, consent: Consent, by: Actor) -> None:
    """Confirm, as a guardian, what a child under sixteen permitted; it counts from now on. Twice is harmless."""
    if not guards(by, consent.patient):
        raise PermissionDenied(_("Alleen een ouder of voogd bevestigt deze keuze."))
    if call("trust_confirm", consent.pk):
        record("consent.confirmed", subject=consent, patient_id=consent.patient_id, by=by)


@transaction.atomic
def keep_national_answer(
    *,
    patient: Patient,
    holder: Organisation,
    reader: Organisation,
    permitted: Iterable[int],
    refused: Iterable[int],
    asked_at: datetime,
    until: datetime,
    by: Actor,
) -> None:
    """Keep what the national service answered about one holder and the own organisation; it replaces the former answer.

    It dates from ``asked_at``, by the database's clock: of a choice that is told while the service answers nobody knows
    whether the answer knew it. A permission ends at ``until``, a day from now at most; a refusal stays until the next
    answer or notification.
    """
    if reader.pk != by.organisation_id:
        raise PermissionDenied
    call("trust_keep_national_answer", patient.pk, holder.pk, to_mask(permitted), to_mask(refused), asked_at, until)


@transaction.atomic
def keep_national_choice(
    *,
    bsn: str,
    holder_ura: str,
    holder_domain: str,
    reader_domains: Iterable[str],
    categories: Iterable[int],
    permit: bool,
    at: datetime,
    by: Actor,
) -> str:
    """Keep a choice that the national service told of; the newest word counts, of two at one moment the refusal.

    Returns ``kept``, ``repeated``, ``older`` (a newer one stands) or ``unknown`` (patient or holder not known here).
    """
    patient, outcome = row(
        "trust_keep_national_choice",
        bsn,
        holder_ura,
        holder_domain,
        list(reader_domains),
        to_mask(categories),
        permit,
        at,
    )
    if outcome == "kept":
        record("consent.notified", subject=Patient(pk=patient), patient_id=patient, by=by)
    return str(outcome)
