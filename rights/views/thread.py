"""The page of one request, for each side its own: how it stands, what was said, and what can be done now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import HTMX_STOP_POLLING

from people.request import ActingRequest
from rights import access
from rights.forms import DecisionForm, TextForm
from rights.models import Message, Request
from rights.moves import OPEN, TERM_MONTHS, Kind, Party, Status, Verb
from rights.retention import Term, removable, was_minor
from rights.words import RIGHTS, about, done_for, state_of, step_of
from trust.access import open_record
from trust.categories import Category, from_mask


@login_required
@require_safe
def thread(request: ActingRequest, pk: int) -> HttpResponse:
    """One request with everything said in it; opening it is a line in the person's log."""
    return show(request, pk)


@login_required
@require_safe
def status(request: ActingRequest, pk: int) -> HttpResponse:
    """How it stands alone, for a page that stays open; nothing that was said is read for it."""
    if request.actor.kind == "citizen":
        patient = access.acted_for(request.actor, request.acted_for)
        asked = get_object_or_404(Request.objects.select_related("organisation", "handler"), pk=pk, patient=patient)
    else:
        asked = get_object_or_404(access.inbox_for(request.actor).select_related("organisation"), pk=pk)
    side: Party = "person" if request.actor.kind == "citizen" else "organisation"
    context = _standing(asked, side)
    context["fresh"] = request.GET.get("seen", "") not in {"", context["seen"]}
    done = asked.status not in OPEN
    return render(request, "rights/_status.html", context, status=HTMX_STOP_POLLING if done else 200)


def opened(request: ActingRequest, pk: int) -> Request:
    """One request, opened for the side of the actor; for a citizen only of the person acted for now."""
    return access.open_request(request.actor, pk, patient=access.acting_for(request.actor, request.acted_for))


def show(request: ActingRequest, pk: int, *, form: forms.Form | None = None, on: str = "") -> HttpResponse:
    """The page for the side of the actor; ``form`` is one that was typed in wrongly, ``on`` the step it belongs to."""
    asked = opened(request, pk)
    said = access.messages_of(asked)
    if request.actor.kind == "citizen":
        return _for_person(request, asked, said, form)
    return _for_desk(request, asked, said, form, on)


def _standing(asked: Request, side: Party) -> dict[str, Any]:
    """What the part with the state needs."""
    return {
        "asked": asked,
        "state": state_of(asked, side),
        "running": asked.status in OPEN,
        "about": about(asked),
        "outcome": done_for(asked),
        "person": side == "person",
        "right": RIGHTS[asked.kind],
        "seen": f"{asked.status}-{asked.due:%Y%m%d}-{bool(asked.carried_out_at)}",
        "months": TERM_MONTHS[asked.kind],
        "by_region": asked.status in OPEN and not access.is_staffed(asked.organisation_id),
    }


def _said(kind: str, said: list[Message], side: Party) -> list[dict[str, Any]]:
    """What was said with the side it stands on, and what the step was called."""
    return [
        {
            "message": one,
            "side": "ours" if one.by_person == (side == "person") else "theirs",
            "note": step_of(kind, Verb(one.verb)),
        }
        for one in said
    ]


def _for_person(request: ActingRequest, asked: Request, said: list[Message], form: forms.Form | None) -> HttpResponse:
    verbs = access.verbs_of(asked, request.actor)
    stating = False
    if asked.kind == Kind.CORRECTION and asked.status in {Status.REFUSED, Status.PARTLY_GRANTED}:
        open_record(request.actor, asked.patient.key, from_mask(asked.categories))
        stating = access.statement_possible(asked)
    if Verb.ANSWER in verbs:
        form = form or TextForm(label=_("Uw antwoord"))
    elif stating:
        form = form or TextForm(
            label=_("Uw verklaring"),
            help_text=_("Deze komt bij uw gegevens te staan. Iedereen die ze ziet, leest dit ook."),
        )
    context = {
        **_standing(asked, "person"),
        "said": _said(asked.kind, said, "person"),
        "answers": Verb.ANSWER in verbs,
        "withdraws": Verb.WITHDRAW in verbs,
        "stating": stating,
        "form": form,
    }
    return render(request, "rights/request.html", context)


def _for_desk(
    request: ActingRequest, asked: Request, said: list[Message], form: forms.Form | None, on: str
) -> HttpResponse:
    if not access.may_answer(request.actor):
        raise Http404
    verbs = access.verbs_of(asked, request.actor)
    free, kept = lawful(asked)
    context = {
        **_standing(asked, "organisation"),
        "said": _said(asked.kind, said, "organisation"),
        "takes_up": Verb.TAKE_UP in verbs,
        "decides": Verb.REFUSE in verbs,
        "grants": access.may_grant(asked, request.actor),
        "stands_in": access.stands_in(asked, request.actor),
        "extends": Verb.EXTEND in verbs and asked.due > timezone.now(),
        "kept": [(Category[name].label, term) for name, term in kept.items()],
        "held": asked.kind == Kind.DELETION and access.is_held(asked.patient_id, asked.organisation_id),
        "restriction": access.restriction_of(asked) if access.may_grant(asked, request.actor) else None,
        "decision_form": form if on == "decide" else decision_form(request, asked, said),
        "ask_form": form if on == "ask_back" else ask_form(),
        "extend_form": form if on == "extend" else extend_form(),
        "opened": on,
        "free": free,
    }
    return render(request, "rights/desk.html", context)


def lawful(asked: Request) -> tuple[frozenset[Category], dict[str, Term]]:
    """What of a request may be granted by law, and the term that forbids each other part; only deletion knows such parts."""
    wanted = from_mask(asked.categories)
    if asked.kind != Kind.DELETION:
        return wanted, {}
    return removable(wanted, asked.organisation.domain, minor=was_minor(asked.birth_date, timezone.localdate()))


def decision_form(request: ActingRequest, asked: Request, said: list[Message], data: Any = None) -> DecisionForm:
    """The form to decide with, with the person's own proposal filled in."""
    proposed = next((one.proposed for one in said if one.verb == Verb.SEND), "")
    grants = access.may_grant(asked, request.actor)
    return DecisionForm(data, request=asked, free=lawful(asked)[0], proposed=proposed, grants=grants, prefix="decide")


def ask_form(data: Any = None) -> TextForm:
    """The form to ask the person something with."""
    return TextForm(data, label=_("Uw vraag aan de inwoner"), help_text=_("De termijn loopt door."), prefix="ask")


def extend_form(data: Any = None) -> TextForm:
    """The form to take two months more with."""
    return TextForm(
        data,
        label=_("Waarom heeft u meer tijd nodig?"),
        help_text=_("Twee maanden erbij, één keer. De inwoner leest waarom."),
        prefix="extend",
    )
