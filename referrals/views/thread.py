"""One referral: the steps in time, the facts beside them, the steps that are possible now, and the letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from dossier.access import person_of, said_of_copy, states_of
from events.actor import Actor
from events.errors import Refused
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import about
from referrals.access.lists import Sift
from referrals.forms import (
    AdviseForm,
    AnswerForm,
    AskForm,
    AssignForm,
    CallOffForm,
    CancelForm,
    CompleteForm,
    NoLetterForm,
    NoteForm,
    PlanForm,
    RejectForm,
    ReportForm,
    SayForm,
)
from referrals.letter import content_of, pdf
from referrals.models import Appointment, Referral
from referrals.moves import READABLE, STAYS, AskReason, Level, Status, Verb
from referrals.views.enrolling import place_shown, without_planning
from referrals.views.parts import parts_around
from referrals.views.planning import PLANNING, planning_of
from referrals.views.talking import talk_of
from referrals.views.talks import talk_shown
from referrals.views.telling import telling_of
from referrals.views.turning import around, former
from referrals.views.words import did, state
from trust.access import Opening

ASKED_BEFORE = timedelta(days=14)
"""How long before the moment to look whether help still runs the page asks so."""
FORMS: dict[Verb, type[NoteForm] | type[ReportForm] | type[SayForm]] = {
    Verb.ASK: AskForm,
    Verb.ANSWER: AnswerForm,
    Verb.REJECT: RejectForm,
    Verb.COMPLETE: CompleteForm,
    Verb.CANCEL: CancelForm,
    Verb.NO_LETTER: NoLetterForm,
    Verb.REPORT: ReportForm,
    Verb.ADVISE: AdviseForm,
    Verb.PLAN: PlanForm,
    Verb.CALL_OFF: CallOffForm,
    Verb.NO_SHOW: CallOffForm,
    Verb.SAY: SayForm,
}

WRITES = frozenset({Verb.REPORT, Verb.COMPLETE, Verb.SAY})
"""Steps that write content, for which the record is opened."""


@login_required
@require_safe
def thread(request: ActingRequest, pk: int) -> HttpResponse:
    """Where it stands, what happened, and what can be done now; where another is asked by now, what the own organisation keeps."""
    referral = access.find_referral(request.actor, pk)
    if referral is None and (kept := former(request, pk)):
        return kept
    return _page(request, referral or access.get_referral(request.actor, pk))


@login_required
@require_safe
def status(request: ActingRequest, pk: int) -> HttpResponse:
    """Where it stands now, from the index alone, so that looking again opens nothing; a page that is behind is renewed."""
    actor = request.actor
    referral = access.find_referral(actor, pk)
    if referral is None and former(request, pk):
        return HttpResponse(status=HTMX_STOP_POLLING, headers={"HX-Refresh": "true"})
    referral = referral or access.get_referral(actor, pk)
    context = _standing(referral, actor, access.booked_of(referral))
    response = render(
        request, "referrals/_status.html", context, status=200 if context["running"] else HTMX_STOP_POLLING
    )
    if request.GET.get("seen", "") != context["seen"]:
        response.headers["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def move(request: ActingRequest, pk: int, verb: str) -> HttpResponse:
    """Take one step with a referral; after accepting from the list, the list or the next one follows."""
    if verb not in _ACTIONS:
        raise Http404
    actor, taken = request.actor, Verb(verb)
    referral = access.get_referral(actor, pk)
    values: dict[str, Any] = {}
    if taken in FORMS:
        patient = access.patients_of([referral], actor).get(referral.patient_id)
        form = FORMS[taken](request.POST, patient=patient, **_options(taken, referral))
        if not form.is_valid():
            return _page(request, referral, wrong={taken: form})
        values = form.cleaned_data
    if taken == Verb.ASSIGN:
        assigning = AssignForm(request.POST, colleagues=access.colleagues_for(actor))
        if not assigning.is_valid():
            raise Refused(_("Kies een collega die met verwijzingen werkt."))
        values = assigning.cleaned_data
    if taken == Verb.REDIRECT:  # yes to the proposal; another choice is made on its own page
        values = {"agreed": bool(request.POST.get("agreed"))}
    if taken in WRITES:
        values["opening"] = access.open_referral(actor, referral)
    _ACTIONS[taken](referral=referral, by=actor, **values)
    messages.success(request, str(_SAID[taken]) % {"number": referral.number})
    then, sift = request.GET.get("then", ""), Sift.asked(request.GET.dict())
    if then == "next" and (following := access.next_to_accept(actor, sift)):
        return redirect(f"{reverse('referrals:thread', args=[following.pk])}{_kept(sift)}")
    if then in {"list", "next"}:
        return redirect(f"{reverse('referrals:list')}{_kept(sift)}")
    return redirect("referrals:thread", pk)


def _kept(sift: Sift) -> str:
    """The list that somebody came from, as the end of an address; nothing for the usual one."""
    return f"?{urlencode(sift.kept)}" if sift.kept else ""


@login_required
@require_safe
def letter(request: ActingRequest, pk: int) -> HttpResponse:
    """The letter as PDF/A, for who may open it; the name of the file says nothing about the person."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    opening = access.open_referral(actor, referral)
    if opening is None:
        raise PermissionDenied(closed_words(referral, actor))
    content = {**_content(referral, opening), "person": person_of(opening, request.actor)}
    response = HttpResponse(pdf(referral, content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{referral.number}.pdf"'
    return response


_ACTIONS: dict[Verb, Any] = {
    Verb.ACCEPT: actions.accept,
    Verb.REJECT: actions.reject,
    Verb.ASK: actions.ask_back,
    Verb.ANSWER: actions.answer,
    Verb.NO_LETTER: actions.no_letter,
    Verb.REPORT: actions.report,
    Verb.ADVISE: actions.advise,
    Verb.PLAN: actions.plan,
    Verb.CALL_OFF: actions.call_off,
    Verb.NO_SHOW: actions.not_shown,
    Verb.START: actions.start,
    Verb.CONTINUE: actions.let_run,
    Verb.COMPLETE: actions.complete,
    Verb.SETTLE: actions.settle,
    Verb.CANCEL: actions.cancel,
    Verb.PICK_UP: actions.pick_up,
    Verb.ASSIGN: actions.assign,
    Verb.REDIRECT: actions.redirect,
    Verb.SAY: actions.say,
}


_SAID = {
    Verb.ACCEPT: gettext_lazy("%(number)s geaccepteerd. Naam en brief staan voor u open."),
    Verb.REJECT: gettext_lazy("%(number)s afgewezen. De verwijzer en de inwoner lezen waarom."),
    Verb.ASK: gettext_lazy("Uw vraag over %(number)s is gesteld."),
    Verb.ANSWER: gettext_lazy("Uw antwoord over %(number)s is verstuurd."),
    Verb.NO_LETTER: gettext_lazy("De ontvanger van %(number)s weet nu dat de brief niet komt."),
    Verb.REPORT: gettext_lazy("Uw verslag bij %(number)s is verstuurd."),
    Verb.ADVISE: gettext_lazy("Uw advies bij %(number)s is verstuurd; de verwijzing is afgerond."),
    Verb.PLAN: gettext_lazy("De afspraak van %(number)s staat. De inwoner krijgt bericht."),
    Verb.CALL_OFF: gettext_lazy("De afspraak van %(number)s is afgezegd. De inwoner krijgt bericht."),
    Verb.NO_SHOW: gettext_lazy("Opgeschreven bij %(number)s. Maak een nieuwe afspraak."),
    Verb.START: gettext_lazy("%(number)s is gestart."),
    Verb.CONTINUE: gettext_lazy("%(number)s loopt door."),
    Verb.COMPLETE: gettext_lazy("%(number)s is afgerond."),
    Verb.SETTLE: gettext_lazy("%(number)s is van uw lijst gehaald."),
    Verb.CANCEL: gettext_lazy("%(number)s is ingetrokken."),
    Verb.PICK_UP: gettext_lazy("U heeft %(number)s opgepakt."),
    Verb.ASSIGN: gettext_lazy("Wie %(number)s in handen heeft, is aangepast."),
    Verb.REDIRECT: gettext_lazy("%(number)s is gestuurd naar het voorgestelde aanbod."),
    Verb.SAY: gettext_lazy("Uw bericht bij %(number)s is verstuurd."),
}


def _options(verb: Verb, referral: Referral) -> dict[str, Any]:
    """What the form of a step must know of the referral: with what a talk can end, and whether another organisation asked."""
    if verb == Verb.ASK:
        return {"consult": referral.sending_organisation_id not in {None, referral.receiving_organisation_id}}
    if verb != Verb.COMPLETE:
        return {}
    return {"service": referral.service, "held": referral.status == Status.IN_PROGRESS}


def _page(request: ActingRequest, referral: Referral, wrong: Mapping[Verb, BaseForm] | None = None) -> HttpResponse:
    actor = request.actor
    opening = access.open_referral(actor, referral)
    moves = access.moves_for(referral, actor)
    placing = place_shown(referral, actor, [step.verb for step in moves])
    possible = without_planning([step.verb for step in moves], placing)
    forms = [
        (verb, (wrong or {}).get(verb) or FORMS[verb](**_options(verb, referral)), verb in (wrong or {}))
        for verb in possible
        if verb in FORMS and verb not in PLANNING and verb not in {Verb.SAY, Verb.NO_LETTER}
    ]
    planning = planning_of(referral, possible, wrong or {})
    talking = talk_shown(referral, actor)
    talk = talking["talk"]
    standing = _standing(referral, actor, planning["appointment"] if planning["stands"] else None)
    context = {
        **standing,
        **telling_of(referral, [entry[0] for entry in standing["steps"]], actor, opening),
        **_content(referral, opening),
        **around(referral, actor, moves, opening),
        **parts_around(referral, actor, set(possible), opening is not None),
        "person": person_of(opening, request.actor) if opening else None,
        "about": about(referral),
        "closed_words": "" if opening else closed_words(referral, actor),
        "may_accept": Verb.ACCEPT in possible,
        "may_start": Verb.START in possible and (talk is None or talk.complete),
        "may_supplement": Verb.SUPPLEMENT in possible and opening is not None,
        "unwritten": next((one for one in access.steps_of(referral) if one.verb == Verb.NO_LETTER), None),
        "no_letter": _no_letter(referral, actor, possible, (wrong or {}).get(Verb.NO_LETTER)),
        **planning,
        **placing,
        **talking,
        **talk_of(referral, actor, opening, possible, (wrong or {}).get(Verb.SAY)),
        "review": Verb.CONTINUE in possible
        and referral.due is not None
        and referral.due < timezone.now() + ASKED_BEFORE,
        "forms": [{"verb": str(verb), "label": verb.label, "form": form, "open": open_} for verb, form, open_ in forms],
        "kept": urlencode(Sift.asked(request.GET.dict()).kept),
        "is_sender": "sender" in access.parties_of(referral, actor),
        "by_link": "sender" in access.parties_of(referral, actor)
        and access.answers_by_link(referral.receiving_organisation_id),
        "consult": consult_of(referral, possible, opening),
        "rejected": bool(opening) and Verb.SETTLE in possible,
    }
    return render(request, "referrals/thread.html", context)


def _no_letter(referral: Referral, actor: Actor, possible: list[Verb], wrong: BaseForm | None) -> BaseForm | None:
    """The form to say that the announced letter does not come, for a sender that can write it no more."""
    if Verb.NO_LETTER not in possible or not access.letter_closed(referral, actor):
        return None
    return wrong or NoLetterForm()


def consult_of(referral: Referral, possible: list[Verb], opening: Opening | None) -> dict[str, Any] | None:
    """How the sender asks this as a consultation, and whether the receiver proposed it; nothing where that cannot be."""
    own = referral.sending_organisation_id == referral.receiving_organisation_id
    proposed = referral.ask_reason == AskReason.CONSULT
    training = access.is_training(referral.service)
    if Verb.CONSULT not in possible or opening is None or own or (training and not proposed):
        return None
    return {"key": opening.patient.key, "proposed": proposed}


def _standing(referral: Referral, actor: Actor, made: Appointment | None) -> dict[str, Any]:
    steps = access.steps_of(referral)
    since = [step for step in steps if step.verb not in STAYS]
    kind, label = state(referral, actor, made)
    turn = access.turn_of(referral)
    copies = states_of(f"referral:{referral.pk}:step:{step.pk}" for step in steps)
    where = {int(reference.rpartition(":")[2]): said_of_copy(copy) for reference, copy in copies.items()}
    parties = {
        "sender": referral.referrer,
        "receiver": referral.receiving_organisation.name,
        "person": _("de inwoner"),
        "self": _("de inwoner"),
        "nobody": "",
    }
    return {
        "referral": referral,
        "steps": [
            (
                step,
                referral.sender if step.verb == Verb.SEND and referral.sender else step.taker,
                referral.entered_by if step.verb == Verb.SEND and referral.sender_id else None,
                "ours" if step.organisation_id and step.organisation_id == actor.organisation_id else "theirs",
                did(step),
                where.get(step.pk),
            )
            for step in steps
        ],
        "state": {"status": kind, "label": label},
        "turn": parties[turn],
        "told": Level(referral.level).label if referral.level else "",
        "since": since[-1].at if since else referral.sent_at,
        "running": turn != "nobody",
        "seen": str(len(steps)),
    }


def _content(referral: Referral, opening: Opening | None) -> dict[str, Any]:
    if opening is None:
        return {"opened": False, "letter": None, "answered": [], "supplements": [], "groups": [], "reports": []}
    return {"opened": True, **content_of(referral, opening), "reports": access.reports_of(opening, referral)}


def closed_words(referral: Referral, actor: Actor) -> str:
    """Why this side cannot read name and letter now."""
    if not access.parties_of(referral, actor):
        return _("Naam en brief gaan voor u open zodra u ja zegt.")
    if not access.name_known(referral, actor):
        if referral.status in {Status.REJECTED, Status.CANCELLED, Status.COMPLETED}:
            return _("Naam en brief zijn voor u niet te zien: de verwijzing is niet door u aangenomen.")
        return _("Naam en brief gaan voor u open zodra u accepteert.")
    if referral.status in READABLE and "receiver" in access.parties_of(referral, actor) and referral.closed_at:
        return _("Met het afronden is uw toegang tot naam en brief geëindigd.")
    return _(
        "U mag de brief niet zien: uw organisatie heeft geen relatie meer met deze inwoner, of uw rol heeft hem niet nodig."
    )
