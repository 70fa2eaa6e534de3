"""Writing down where somebody lives, lived or stays, and taking back what was wrong."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.models import Residence
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Domain, Organisation
from trust.access import Opening
from trust.categories import Category


@transaction.atomic
def add_residence(
    *,
    opening: Opening,
    kind: str,
    municipality: str,
    since: date,
    until: date | None = None,
    protected: bool = False,
    by: Actor,
) -> Residence:
    """Write down where somebody lived or stayed; what held until now ends on the first day of what comes after it.

    ``until`` is the first day on which it did not hold any more. Raises ``Refused`` for a period that overlaps another, a day
    yet to come, or a second registration of the mother; ``PermissionDenied`` where the record is not the actor's to write in.
    """
    organisation = _writer(opening, by)
    if since > timezone.localdate():
        raise Refused(_("Kies vandaag of een dag die is geweest."), field="since")
    if until is not None and until <= since:
        raise Refused(_("Het einde ligt voor het begin."), field="until")
    kept = "" if protected else municipality
    place = Organisation.objects.filter(domain=Domain.MUNICIPALITY, municipality=kept).exclude(municipality_code="")
    if kind != Residence.Kind.MOTHER:
        former = Residence.objects.filter(patient=opening.patient, until=None, since__lt=since)
        former.exclude(kind=Residence.Kind.MOTHER).update(until=since)
    try:
        with transaction.atomic():
            made = Residence.objects.create(
                patient=opening.patient, organisation_id=organisation, kind=kind, municipality=kept,
                municipality_code=(place.values_list("municipality_code", flat=True).first() or "") if kept else "",
                since=since, until=until, protected=protected, stated_by_id=by.user_id,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(
            _("Dit staat er al.")
            if kind == Residence.Kind.MOTHER
            else _("In deze tijd staat er al een ander adres. Haal dat eerst weg, of kies andere dagen."),
            field="since",
        ) from None
    record("residence.added", subject=made, patient_id=opening.patient.pk, by=by)
    return made


@transaction.atomic
def drop_residence(*, opening: Opening, residence: int, by: Actor) -> None:
    """Take back an address that the own organisation wrote down wrongly; that it was taken back stays in the log."""
    organisation = _writer(opening, by)
    row = Residence.objects.filter(pk=residence, patient=opening.patient).first()
    if row is None:
        raise Refused(_("Dit adres staat er niet meer."))
    if row.organisation_id != organisation:
        raise PermissionDenied(_("Alleen wie dit opschreef, haalt het weg."))
    record("residence.dropped", subject=row, patient_id=opening.patient.pk, by=by)
    row.delete()


def _writer(opening: Opening, by: Actor) -> int:
    if by.kind != "professional" or by.organisation_id is None or opening.lent or Category.IDENTITY not in opening.own:
        raise PermissionDenied(_("Dit onderdeel van het dossier is voor uw rol of organisatie niet te wijzigen."))
    return by.organisation_id
