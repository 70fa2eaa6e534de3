"""Access in an emergency: begun with a reason, ended, and reviewed afterwards (NEN 7513:2018, noodprocedure)."""

from __future__ import annotations

import uuid
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from events.actions import record
from events.actor import Actor
from events.errors import Refused
from people.models import Organisation
from trust.access import need_role
from trust.actions.call import call, row
from trust.categories import Category
from trust.models import Emergency

LEAST_EXPLANATION = 10


def start_emergency(
    *,
    reason: str,
    explanation: str,
    by: Actor,
    key: uuid.UUID | None = None,
    bsn: str = "",
    birth_date: date | None = None,
) -> Emergency:
    """Begin access in an emergency for one hour, for one professional; somebody within reach by key, else by BSN and birth date.

    Raises ``Refused`` when the explanation is too short, when number and birth date do not belong together (tried ten
    times an hour at most: the lines of those tries stay, so the transaction is the caller's), or when the organisation
    may not process the BSN. While it lasts, beginning again gives the same one.
    """
    need_role(by, Category.IDENTITY)
    if reason not in Emergency.Reason.values:
        raise Refused(_("Kies een reden."), field="reason")
    if len(explanation.strip()) < LEAST_EXPLANATION:
        raise Refused(_("Leg in een zin uit waarom er haast is."), field="explanation")
    if key is None and not Organisation.objects.filter(pk=by.organisation_id, may_process_bsn=True).exists():
        raise Refused(
            _("Uw organisatie mag het BSN niet gebruiken en kan alleen noodtoegang krijgen tot wie zij al kent."),
            field="bsn",
        )
    number, outcome = row("trust_start_emergency", key, bsn, birth_date, reason, explanation.strip()[:500])
    if outcome == "too_often":
        raise Refused(
            _("U heeft te vaak een BSN geprobeerd dat niet klopt. Probeer het over een uur opnieuw."), field="bsn"
        )
    if outcome == "differs":
        raise Refused(
            _("Dit BSN en deze geboortedatum horen niet bij elkaar, of de inwoner is niet bekend in het netwerk."),
            field="bsn",
        )
    emergency = Emergency.objects.select_related("patient").get(pk=number)
    if outcome == "started":
        record("emergency.started", subject=emergency, patient_id=emergency.patient_id, data={"reason": reason}, by=by)
    return emergency


@transaction.atomic
def end_emergency(*, emergency: Emergency, by: Actor) -> None:
    """End one's own emergency access before its hour is over. Twice is harmless."""
    if call("trust_end_emergency", emergency.pk):
        record("emergency.ended", subject=emergency, patient_id=emergency.patient_id, by=by)


@transaction.atomic
def review_emergency(*, emergency: Emergency, outcome: str, note: str, by: Actor) -> Emergency:
    """Keep what the review of an emergency found; by a privacy officer of the organisation or the region, of another's, once."""
    if by.role != "privacy_officer":
        raise PermissionDenied(_("Alleen een functionaris gegevensbescherming beoordeelt noodtoegang."))
    if outcome not in Emergency.Review.values:
        raise Refused(_("Kies een uitkomst."), field="outcome")
    if not call("trust_review_emergency", emergency.pk, outcome, note[:500]):
        raise Refused(_("Deze noodtoegang is al beoordeeld, of is van uzelf."))
    emergency.refresh_from_db()
    record("emergency.reviewed", subject=emergency, patient_id=emergency.patient_id, data={"review": outcome}, by=by)
    return emergency
