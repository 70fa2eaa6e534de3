"""How a referral reads on a screen: its state seen from one side, who it is about, and what the citizen reads."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.actor import Actor
from people.models import Membership, Organisation, Patient, PatientIdentity
from referrals.access import parties_of, turn_of
from referrals.models import Referral
from referrals.moves import RESPONSE_DAYS, Status, Urgency, Verb
from square.models import HealthcareService
from trust.access import Opening

DID = {
    Verb.SEND: gettext_lazy("verstuurde de verwijzing"),
    Verb.ACCEPT: gettext_lazy("accepteerde"),
    Verb.REJECT: gettext_lazy("wees af"),
    Verb.ASK: gettext_lazy("vroeg iets terug"),
    Verb.ANSWER: gettext_lazy("beantwoordde de vraag"),
    Verb.START: gettext_lazy("startte de hulp"),
    Verb.COMPLETE: gettext_lazy("rondde af"),
    Verb.CANCEL: gettext_lazy("trok de verwijzing in"),
}
"""What somebody did, as it reads after a name."""


def state(referral: Referral, actor: Actor) -> tuple[str, str]:
    """The state of a chip and its words, from the actor's own side: whose turn it is, or how it ended."""
    turn = turn_of(referral)
    if turn == "nobody":
        label = referral.get_status_display()
        if referral.status == Status.REJECTED:
            label = _("afgewezen: %(reason)s") % {"reason": referral.get_rejection_reason_display()}
        if referral.status == Status.COMPLETED:
            label = _("afgerond: %(outcome)s") % {"outcome": referral.get_outcome_display()}
        return ("done" if referral.status == Status.COMPLETED else "off"), label
    ours = turn in parties_of(referral, actor)
    words = {
        Status.REQUESTED: _("wacht op ons") if ours else _("wacht op ontvanger"),
        Status.ASKED_BACK: _("vraag aan ons") if ours else _("vraag aan verwijzer"),
        Status.ACCEPTED: _("geaccepteerd"),
        Status.IN_PROGRESS: _("gestart"),
    }
    label = words[Status(referral.status)]
    if referral.due is not None and referral.due < timezone.now():
        return "late", label
    if referral.status == Status.IN_PROGRESS:
        return ("ok" if ours else "theirs"), label
    return ("ours" if ours else "theirs"), label


def about(referral: Referral) -> str:
    """Who it is about, as long as the name is not known: vrouw · 78 jaar · Huizen."""
    years = ngettext("%(n)s jaar", "%(n)s jaar", referral.age) % {"n": referral.age}
    return " · ".join(filter(None, [referral.get_gender_display(), years, referral.municipality]))


def person(opening: Opening, membership: Membership | None) -> dict[str, Any]:
    """What the bar of the patient shows; the BSN masked, and not at all for who may not process it."""
    patient: Patient = opening.patient
    identity = PatientIdentity.objects.filter(patient=patient).first()
    may = membership is not None and membership.organisation.may_process_bsn
    return {
        "name": patient.name,
        "url": reverse("workplace:patient", args=[patient.key]),
        "sex": patient.get_gender_display(),
        "age": patient.age,
        "born": patient.birth_date,
        "bsn": identity.bsn if identity and may else "",
    }


def for_citizen(service: HealthcareService, sender: Organisation) -> list[str]:
    """What the citizen reads about the referral, in plain words (B1)."""
    names = {"sender": sender.name, "receiver": service.organisation.name, "service": service.name}
    days = {"routine": RESPONSE_DAYS[Urgency.ROUTINE], "soon": RESPONSE_DAYS[Urgency.SOON]}
    return [
        _("%(sender)s vraagt %(receiver)s om u te helpen. Het gaat om: %(service)s.") % names,
        _("%(receiver)s laat binnen %(routine)s werkdagen weten of dat kan. Bij spoed is dat %(soon)s werkdag.")
        % {**names, **days},
        _(
            "%(receiver)s ziet uw naam en uw gegevens pas als zij ja zeggen. Zij zien alleen wat in stap 3 is aangevinkt."
        )
        % names,
        _("U kunt zelf zien hoe het ervoor staat in Mijn Netwerk."),
    ]
