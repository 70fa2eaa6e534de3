"""The appointment on the page of a referral, and its entry for a calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from people.request import ActingRequest
from referrals import access
from referrals.forms import CallOffForm, NoteForm, PlanForm
from referrals.models import Appointment, Referral
from referrals.moves import AppointmentStatus, Verb

PLANNING = (Verb.PLAN, Verb.CALL_OFF, Verb.NO_SHOW)
"""Steps that stand with the appointment, apart from the others."""


@login_required
@require_safe
def calendar(request: ActingRequest, pk: int) -> HttpResponse:
    """The appointment of a referral for the reader's own calendar; it names nobody."""
    referral = access.get_referral(request.actor, pk)
    made = access.appointment_of(referral)
    if made is None:
        raise Http404
    title = _("Afspraak %(number)s") % {"number": referral.number}
    url = reverse("referrals:thread", args=[referral.pk])
    response = HttpResponse(
        access.calendar_of(made, title=title, place=made.place, url=url), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{referral.number}.ics"'
    return response


def planning_of(referral: Referral, possible: Collection[Verb], wrong: Mapping[Verb, BaseForm]) -> dict[str, Any]:
    """The appointment that stands, or what became of the last one, and the forms for what can be done with it now."""
    made = access.appointment_of(referral)
    stands = made is not None and made.status == AppointmentStatus.BOOKED
    ahead = stands and made is not None and made.starts > timezone.now()
    fitting = {Verb.PLAN: True, Verb.CALL_OFF: stands, Verb.NO_SHOW: stands and not ahead}
    return {
        "appointment": made,
        "stands": stands,
        "ahead": ahead,
        "planning": [
            {"verb": str(verb), "form": wrong.get(verb) or _form(verb, made if stands else None), "open": verb in wrong}
            for verb, fits in fitting.items()
            if fits and verb in possible
        ],
    }


def _form(verb: Verb, made: Appointment | None) -> NoteForm:
    if verb != Verb.PLAN:
        return CallOffForm(auto_id=f"{verb}_%s")  # of calling off and of nobody coming, side by side
    if made is None:
        return PlanForm()
    starts = timezone.localtime(made.starts)
    length = round((made.ends - made.starts).total_seconds() / 60)
    return PlanForm(
        initial={
            "day": starts.date(), "at": starts.time(), "minutes": length, "way": made.way, "place": made.place, "note": made.note,
        }
    )  # fmt: skip
