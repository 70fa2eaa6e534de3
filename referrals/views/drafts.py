"""What the form of a referral does besides sending: keep, throw away, leave to a colleague, begin with a text or keep one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from events.errors import Refused
from events.models import WorkItem
from people.models import Patient
from people.request import ActingRequest
from referrals import access, actions
from referrals.models import Draft
from referrals.moves import MOST_CHOICES
from referrals.views.filling import LONGEST_NUMBER, token_of, typed_in, which_of
from square.models import HealthcareService
from trust.access import Opening

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


@login_required
@require_safe
def draft(request: ActingRequest, pk: int) -> HttpResponse:
    """From the work list to the draft of a colleague's; of who else it is, is said to the team alone."""
    actor = request.actor
    kept = next((one for one in access.drafts_for(actor) if one.number == pk), None)
    if kept is not None:
        return redirect(_address(kept.patient, kept.number))
    if WorkItem.objects.of_team(actor.organisation_id or 0).filter(subject_type="draft", subject_id=pk).exists():
        raise Refused(_("Dit concept is aan een collega overgedragen; alleen die kan het openen."))
    raise Http404


def typed_of(said: QueryDict) -> dict[str, Any]:
    """What was typed and chosen, as it is kept; empty when there is nothing to keep."""
    typed: dict[str, Any] = {name: _text(said, name, most) for name, most in MOST.items() if said.get(name)}
    if "service" not in typed and said.get("gone"):  # what was chosen and cannot be asked now, until something else is
        typed["service"] = _text(said, "gone", MOST["service"])
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


BESIDE = {
    "changed": gettext_lazy(
        "Dit concept is in een ander venster intussen veranderd. Dat is blijven staan; wat u hier typte, is apart bewaard."
    ),
    "gone": gettext_lazy(
        "Dit concept is in een ander venster verstuurd, weggegooid of overgedragen. Wat u hier typte, is apart bewaard."
    ),
}
"""Why what was typed became a draft of its own."""
SENT_BEFORE = gettext_lazy("Dit formulier is al verstuurd. Wat u daarna typte, is als nieuw concept bewaard.")


def opened(opening: Opening, request: ActingRequest) -> tuple[Draft | None, bool]:
    """The draft that was asked for, else the last kept, and whether the one that was asked for is not there.

    A form that was sent goes on with its own, and opens none.
    """
    if request.method == "POST":
        return None, False
    asked, found = request.GET.get("draft", ""), access.drafts_of(opening)
    if not asked:
        return next(iter(found), None), False
    chosen = next((one for one in found if str(one.pk) == asked), None)
    return chosen, chosen is None and asked != "new"


def others_of(opening: Opening, which: access.Which | None) -> list[Draft]:
    """The other drafts about the same person."""
    return [one for one in access.drafts_of(opening) if which is None or one.pk != which.number]


def _address(patient: Patient, number: int | None) -> str:
    return f"{reverse('referrals:new', args=[patient.key])}?draft={number or 'new'}"


def save(request: ActingRequest, patient: Patient, typed: dict[str, Any]) -> actions.Saved:
    """Keep what was typed in this form, in the place of what it kept before."""
    said = request.POST
    return actions.keep_draft(
        patient=patient, token=token_of(said), typed=typed, draft=which_of(said), by=request.actor
    )


def _anew(request: ActingRequest, patient: Patient, typed: dict[str, Any]) -> actions.Saved:
    """Keep what was typed after the form was sent, at the press of a button, as a new draft."""
    return actions.keep_draft(patient=patient, token=uuid.uuid4(), typed=typed, by=request.actor)


def keep(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Keep what was typed; the page itself, or the words that say so, come back."""
    typed = typed_of(request.POST)
    saved = save(request, patient, typed) if typed else None
    words = BESIDE.get(saved.beside, "") if saved else ""
    if request.htmx:
        began = which_of(request.POST)
        context = {
            "kept": saved.saved_at if saved else None, "which": saved.which if saved else None, "beside": words,
            "other": _address(patient, began.number) if began and saved and saved.beside == "changed" else "",
            "after_sending": saved is not None and saved.number is None, "swapped": True,
        }  # fmt: skip
        return render(request, "referrals/_kept.html", context)
    if saved is None:
        return redirect("referrals:new", patient.key)
    if saved.number is None:
        saved, words = _anew(request, patient, typed), SENT_BEFORE
    if words:
        messages.warning(request, words)
    else:
        messages.success(request, _("Het concept is bewaard; u vindt het bij Verwijzingen."))
    return redirect(_address(patient, saved.number))


def drop(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Throw the draft away, as it was when this form was opened or kept; what another window kept since stays."""
    said = request.POST
    token, which = token_of(said), which_of(said)
    if access.standing_of(patient, token, which) == "changed" and which is not None:
        messages.warning(
            request, _("Dit concept is in een ander venster intussen veranderd. Het is niet weggegooid; zo is het nu.")
        )
        return redirect(_address(patient, which.number))
    actions.drop_draft(patient=patient, token=token, draft=which, by=request.actor)
    messages.success(request, _("Het concept is weggegooid."))
    return redirect("referrals:new", patient.key)


def hand(request: ActingRequest, patient: Patient) -> HttpResponse:
    """Keep what was typed and leave it to a colleague, who sends it in the name of who hands it over."""
    actor = request.actor
    typed = typed_of(request.POST)
    to = request.POST.get("to", "")
    if not typed or not to.isdecimal() or len(to) > LONGEST_NUMBER:
        messages.error(request, _("Schrijf eerst iets, en kies dan een collega."))
        saved = save(request, patient, typed) if typed else None
        return redirect(_address(patient, saved.number) if saved else reverse("referrals:new", args=[patient.key]))
    typed["sender"] = typed.get("sender") or str(actor.user_id)
    saved = save(request, patient, typed)
    words = BESIDE.get(saved.beside, "")
    if saved.number is None:
        saved, words = _anew(request, patient, typed), SENT_BEFORE
    colleague = actions.hand_draft(patient=patient, draft=saved.number or 0, to=int(to), by=actor)
    if words:
        messages.warning(request, words)
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
    typed = {name: value for name, value in kept.typed.items() if name in MOST}
    if typed.get("sender") == str(user_id):
        del typed["sender"]
    return typed
