"""What the form of a referral does besides sending: keep, throw away, leave to a colleague, begin with a text or keep one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events.errors import Refused
from events.models import WorkItem
from people.models import Patient
from people.request import ActingRequest
from referrals import access, actions
from referrals.models import Draft
from referrals.moves import MOST_CHOICES
from referrals.views.filling import token_of, typed_in
from square.models import HealthcareService

MOST = {
    "question": 4000,
    "wish": 1000,
    "notice": 200,
    "urgency": 10,
    "service": 20,
    "sender": 20,
    "channel": 6,
    "letter_later": 5,
    "consultation": 18,
}
"""What is kept of the form, and how much of each; agreeing is said anew each time."""
MOST_ITEMS = 300
LONGEST_NUMBER = 18
"""No number of a row has more digits."""


@login_required
@require_safe
def draft(request: ActingRequest, pk: int) -> HttpResponse:
    """From the work list to the draft of a colleague's; of who else it is, is said to the team alone."""
    actor = request.actor
    kept = next((one for one in access.drafts_for(actor) if one.number == pk), None)
    if kept is not None:
        return redirect("referrals:new", kept.patient.key)
    if WorkItem.objects.of_team(actor.organisation_id or 0).filter(subject_type="draft", subject_id=pk).exists():
        raise Refused(_("Dit concept is aan een collega overgedragen; alleen die kan het openen."))
    raise Http404


def typed_of(said: QueryDict) -> dict[str, Any]:
    """What was typed and chosen, as it is kept; empty when there is nothing to keep."""
    typed: dict[str, Any] = {name: _text(said, name, most) for name, most in MOST.items() if said.get(name)}
    if answers := {name: one for name, one in typed_in(said).items() if one}:
        typed |= {"questionnaire": _text(said, "questionnaire", 60), "answers": answers}
    if not typed.keys() - {"urgency", "sender", "consultation", "channel"}:
        return {}
    items = [ref.replace("\x00", "")[:40] for ref in said.getlist("items")[:MOST_ITEMS]]
    then = [pk.replace("\x00", "")[:20] for pk in said.getlist("then")[:MOST_CHOICES]]
    return {**typed, "items": items, "shown": _text(said, "shown", 20), "then": then}


def _text(said: QueryDict, name: str, most: int) -> str:
    """One field, without the character that the database keeps nowhere."""
    return said.get(name, "").replace("\x00", "")[:most]


def keep(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Keep what was typed; the page itself, or the words that say so, come back."""
    typed = typed_of(request.POST)
    kept = bool(typed) and actions.keep_draft(
        patient=patient, token=token_of(request.POST), typed=typed, by=request.actor
    )
    if request.htmx:
        return render(request, "referrals/_kept.html", {"kept": timezone.now() if kept else None})
    if kept:
        messages.success(request, _("Het concept is bewaard; u vindt het bij Verwijzingen."))
    return redirect("referrals:new", patient.key)


def drop(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Throw the draft away."""
    actions.drop_draft(patient=patient, by=request.actor)
    messages.success(request, _("Het concept is weggegooid."))
    return redirect("referrals:new", patient.key)


def hand(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Keep what was typed and leave it to a colleague, who sends it in the name of who hands it over."""
    actor = request.actor
    typed = typed_of(request.POST)
    to = request.POST.get("to", "")
    if not typed or not to.isdecimal() or len(to) > LONGEST_NUMBER:
        messages.error(request, _("Schrijf eerst iets, en kies dan een collega."))
        if typed:
            actions.keep_draft(patient=patient, token=token_of(request.POST), typed=typed, by=actor)
        return redirect("referrals:new", patient.key)
    typed["sender"] = typed.get("sender") or str(actor.user_id)
    actions.keep_draft(patient=patient, token=token_of(request.POST), typed=typed, by=actor)
    colleague = actions.hand_draft(patient=patient, to=int(to), by=actor)
    messages.success(request, _("%(name)s maakt deze verwijzing af.") % {"name": colleague})
    return redirect("referrals:list")


def filled(request: ActingRequest) -> str:
    """The question with the chosen text under what was typed."""
    number = request.POST.get("template", "")
    text = (
        access.get_template(request.actor, int(number)).text
        if number.isdecimal() and len(number) <= LONGEST_NUMBER
        else ""
    )
    return "\n\n".join(filter(None, [request.POST.get("question", "").strip(), text]))


def keep_text(request: ActingRequest, patient: Patient, service: HealthcareService | None) -> None:
    """Keep the question as a text to begin with, for the kind of the chosen service; says what is missing."""
    title, text = _text(request.POST, "template_title", 80).strip(), _text(request.POST, "question", 4000).strip()
    if not title or not text:
        messages.error(request, _("Schrijf een vraag, en geef het sjabloon een naam."))
        return
    made = actions.keep_template(
        title=title, text=text, kind=service.kind if service else "", patient=patient, by=request.actor
    )
    messages.success(request, _("Sjabloon “%(title)s” is bewaard.") % {"title": made.title})


def initial_of(kept: Draft, user_id: int | None) -> dict[str, Any]:
    """The fields of the form as they were kept; who works on it sends in the own name without saying so."""
    typed = {name: value for name, value in kept.typed.items() if name in {*MOST, "token"}}
    if typed.get("sender") == str(user_id):
        del typed["sender"]
    return typed
