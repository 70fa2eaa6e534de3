"""The pages of a consultation: the list, asking, the thread and its steps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HTMX_STOP_POLLING

from consultations import access, actions
from consultations.forms import AnswerForm, AskForm, ConclusionForm, FindForm
from consultations.models import Consultation, Contribution, Invitation
from consultations.moves import InvitationStatus, Status
from dossier.access import Item, items_for, person_of, said_of_copy, states_of, when, withheld_sentences
from events.actor import Actor
from people.models import Organisation, Patient
from people.request import ActingRequest
from trust.access import Opening
from trust.categories import Category

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    url: str
    who: str
    who_note: str
    what: str
    number: str
    due: datetime | None
    far: str
    source: str
    status: str
    label: str
    action: str


@login_required
@require_GET
def index(request: ActingRequest) -> HttpResponse:
    """What was asked of the own organisation or by it, running or closed, 50 on a page."""
    actor = request.actor
    by_us, closed = request.GET.get("side") == "asked", request.GET.get("state") == "closed"
    shelves = {True: access.asked_by_us, False: access.asked_of_us}
    found = shelves[by_us](actor, closed=closed).select_related("asking_organisation")
    found = found.prefetch_related("invitations__organisation", "invitations__user")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    patients = Patient.objects.in_bulk({consultation.patient_id for consultation in page})
    here = reverse("consultations:list")
    side, state = ("asked" if by_us else "received"), ("closed" if closed else "open")
    waiting = {side: shelf(actor, closed=False).count() for side, shelf in shelves.items() if closed or side != by_us}
    waiting.setdefault(by_us, page.paginator.count)  # the shelf that is shown was counted already
    tabs = [
        {"url": here, "label": _("Aan ons gevraagd"), "count": waiting[False], "current": not by_us},
        {"url": f"{here}?side=asked", "label": _("Wij vroegen"), "count": waiting[True], "current": by_us},
    ]
    sifts = [
        {"url": f"{here}?side={side}", "label": _("lopend"), "current": not closed},
        {"url": f"{here}?side={side}&state=closed", "label": _("gesloten"), "current": closed},
    ]
    rows = [_row(consultation, patients.get(consultation.patient_id), actor, by_us) for consultation in page]
    context = {"tabs": tabs, "sifts": sifts, "rows": rows, "page": page, "by_us": by_us, "closed": closed}
    return render(request, "consultations/list.html", {**context, "query": f"side={side}&state={state}&"})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Ask a question about a patient; looking for other organisations keeps what was typed."""
    actor = request.actor
    searching = "search" in request.POST
    if searching and request.htmx:
        opening = access.open_for_question(actor, key, frozenset({Category.NETWORK}))
        return render(request, "consultations/_organisations.html", _candidates(request, opening, actor))
    opening = access.open_for_question(actor, key)
    items = items_for(opening)
    turning = _turning(request, opening, actor, items)
    if isinstance(turning, Consultation):
        return redirect("consultations:thread", turning.pk)
    choices: dict[str, Any] = {
        "organisations": access.askable(actor),
        "items": items,
        "kept_from": partial(access.kept_from, actor, opening),
    }
    typed = request.POST if request.method == "POST" and not searching else None
    kept = {name: request.POST.get(name) for name in ("token", "question", "due") if name in request.POST}
    if turning is not None:
        kept.setdefault("question", turning.question)
    form = AskForm(typed, initial={"token": uuid.uuid4(), **kept}, **choices)
    if typed is not None and form.is_valid():
        values = form.cleaned_data
        made = actions.ask(
            opening=opening, question=values["question"], organisations=values["organisations"], due=values["due"],
            items=values["items"], token=values["token"], referral=turning.referral if turning else None, by=actor,
        )  # fmt: skip
        messages.success(request, _("Uw vraag is verstuurd."))
        return redirect("consultations:thread", made.pk)
    chosen = set(request.POST.getlist("items")) if request.method == "POST" else set(turning.items if turning else ())
    context = {
        "form": form,
        "groups": [_group(kind, list(group), chosen) for kind, group in groupby(items, key=lambda item: item.kind)],
        "withheld": withheld_sentences(opening, actor.organisation_id),
        "turning": turning,
        "person": person_of(opening, actor),
        **_candidates(request, opening, actor, form),
    }
    return render(request, "consultations/new.html", context)


def _turning(
    request: ActingRequest, opening: Opening, actor: Actor, items: list[Item]
) -> access.Turning | Consultation | None:
    """What comes from a request that is turned into a consultation; the consultation itself where that was done already."""
    number = request.POST.get("referral", request.GET.get("referral", ""))
    if not number:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Http404
    if made := access.consultations_for(actor).filter(referral_id=int(number)).first():
        return made
    return access.turning_of(actor, opening, access.referral_to_turn(actor, opening, int(number)), items)


@login_required
@require_GET
def of_referral(request: ActingRequest, pk: int) -> HttpResponse:
    """From a request to the consultation that it was turned into, for its parties."""
    return redirect("consultations:thread", access.turned_into(request.actor, pk).pk)


@login_required
@require_GET
def thread(request: ActingRequest, pk: int) -> HttpResponse:
    """The conversation, where it stands, and the step that is now possible."""
    return _thread(request, access.get_consultation(request.actor, pk))


@login_required
@require_GET
def status(request: ActingRequest, pk: int) -> HttpResponse:
    """Where the consultation stands now; from the index alone, so that looking again and again opens nothing."""
    consultation = access.get_consultation(request.actor, pk)
    context = _standing(consultation, request.actor)
    context["fresh"] = request.GET.get("seen", "") != context["seen"]
    return render(
        request, "consultations/_status.html", context, status=200 if context["running"] else HTMX_STOP_POLLING
    )


@login_required
@require_GET
def conversation(request: ActingRequest, pk: int) -> HttpResponse:
    """What was said so far, for the open page that heard of something new."""
    actor = request.actor
    consultation = access.get_consultation(actor, pk)
    opening = access.open_consultation(actor, consultation)
    context = {**_said(consultation, opening, actor), "later": True}
    return render(request, "consultations/_conversation.html", context)


@login_required
@require_POST
def pick_up(request: ActingRequest, pk: int) -> HttpResponse:
    """Take the question in hand."""
    actor = request.actor
    actions.pick_up(consultation=access.get_consultation(actor, pk), by=actor)
    messages.success(request, _("U heeft dit consult opgepakt. De vrager ziet dat."))
    return redirect(reverse("consultations:thread", args=[pk]) + "#turn")


@login_required
@require_POST
def answer(request: ActingRequest, pk: int) -> HttpResponse:
    """Send the answer of the own organisation."""
    actor = request.actor
    consultation = access.get_consultation(actor, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _thread(request, consultation, answer_form=form)
    opening = access.open_running(actor, consultation)
    actions.answer(opening=opening, consultation=consultation, by=actor, **form.cleaned_data)
    messages.success(request, _("Uw antwoord is verstuurd."))
    return redirect("consultations:thread", pk)


@login_required
@require_POST
def conclude(request: ActingRequest, pk: int) -> HttpResponse:
    """Close with a conclusion that lands in the record."""
    actor = request.actor
    consultation = access.get_consultation(actor, pk)
    form = ConclusionForm(request.POST)
    if not form.is_valid():
        return _thread(request, consultation, conclusion_form=form)
    opening = access.open_to_conclude(actor, consultation)
    actions.conclude(opening=opening, consultation=consultation, text=form.cleaned_data["text"], by=actor)
    messages.success(request, _("Het consult is afgerond. Uw conclusie staat in het dossier."))
    return redirect("consultations:thread", pk)


@login_required
@require_POST
def cancel(request: ActingRequest, pk: int) -> HttpResponse:
    """Withdraw the question."""
    actor = request.actor
    actions.cancel(consultation=access.get_consultation(actor, pk), by=actor)
    messages.success(request, _("Het consult is ingetrokken."))
    return redirect("consultations:thread", pk)


def _thread(
    request: ActingRequest,
    consultation: Consultation,
    *,
    answer_form: AnswerForm | None = None,
    conclusion_form: ConclusionForm | None = None,
) -> HttpResponse:
    actor = request.actor
    opening = access.open_consultation(actor, consultation)
    context = {**_standing(consultation, actor), **_said(consultation, opening, actor)}
    answered = context["own"] is not None and context["own"].status == InvitationStatus.ANSWERED
    context["answer_form"] = answer_form or AnswerForm(initial={"addition": answered})
    context["conclusion_form"] = conclusion_form or ConclusionForm()
    context["attachments"] = (
        [(item, when(item.on_date)) for item in access.attachments_for(opening, consultation)] if opening else []
    )
    context["person"] = person_of(opening, actor) if opening else None
    context["referrals"] = access.referrals_from(consultation, actor)
    context["behind"] = access.referral_behind(consultation, actor)
    if opening and context["asker"] and not opening.lent and consultation.status != Status.CANCELLED:
        context["refer"] = {"key": opening.patient.key, "question": _question(context["said"])}
    return render(request, "consultations/thread.html", context)


def _question(said: list[tuple[Contribution, str, Any, Any]]) -> str:
    """What a referral that follows from a consultation begins with: the question, and the conclusion or the answers."""
    parts = [(one.kind, one.text, one.organisation.name) for one, _side, _part, _where in said]
    concluded = [text for kind, text, _who in parts if kind == "conclusion"]
    answered = [f"{who}: {text}" for kind, text, who in parts if kind == "answer"]
    asked = [text for kind, text, _who in parts if kind == "question"]
    return "\n\n".join([*asked[:1], *(concluded or answered)])[:4000]


def _standing(consultation: Consultation, actor: Actor) -> dict[str, Any]:
    invitations = access.invitations_of(consultation)
    own = next((i for i in invitations if i.organisation_id == actor.organisation_id), None)
    moments = [consultation.asked_at, consultation.closed_at, *(i.answered_at for i in invitations)]
    kind, label = _state(consultation, invitations, actor)
    return {
        "consultation": consultation,
        "invitations": [(i, _INVITED[InvitationStatus(i.status)]) for i in invitations],
        "own": own,
        "state": {"status": kind, "label": label},
        "running": consultation.status in access.OPEN,
        "waiting": consultation.status == Status.OPEN,
        "seen": str(max(moment for moment in moments if moment).timestamp()),
    }


_INVITED = {InvitationStatus.ASKED: "neutral", InvitationStatus.PICKED_UP: "theirs", InvitationStatus.ANSWERED: "done"}


def _state(consultation: Consultation, invitations: list[Invitation], actor: Actor) -> tuple[str, str]:
    """The state of a chip, and whose turn it is in the words of the reader's own side."""
    asker = access.party_of(consultation, actor) == "asker"
    answered = sum(i.status == InvitationStatus.ANSWERED for i in invitations)
    if consultation.status == Status.CONCLUDED:
        return "done", _("afgerond met conclusie")
    if consultation.status == Status.CANCELLED:
        return "off", _("ingetrokken")
    if consultation.status == Status.ANSWERED:
        return ("ours", _("wacht op uw conclusie")) if asker else ("theirs", _("wacht op de vrager"))
    if asker:
        words = _("%(n)s van %(all)s antwoorden binnen") if answered else _("wacht op antwoord")
        return "theirs", words % {"n": answered, "all": len(invitations)}
    own = next(i for i in invitations if i.organisation_id == actor.organisation_id)
    if own.status == InvitationStatus.ANSWERED:
        return "theirs", _("wacht op anderen")
    words = _("wacht op ons")
    if own.status == InvitationStatus.PICKED_UP:
        words = (
            _("opgepakt door u") if own.user_id == actor.user_id else _("opgepakt door %(name)s") % {"name": own.user}
        )
    return "ours", words


def _said(consultation: Consultation, opening: Opening | None, actor: Actor) -> dict[str, Any]:
    said = access.contributions_for(opening, consultation) if opening else []
    copies = states_of(f"consultation:{consultation.pk}:answer:{c.pk}" for c in said if c.kind == "answer")
    where = {int(reference.rpartition(":")[2]): said_of_copy(copy) for reference, copy in copies.items()}
    return {
        "consultation": consultation,
        "readable": opening is not None,
        "said": [
            (c, "ours" if c.organisation_id == actor.organisation_id else "theirs", _PARTS[c.kind], where.get(c.pk))
            for c in said
        ],
        "asker": access.party_of(consultation, actor) == "asker",
    }


_PARTS = {
    "question": gettext_lazy("Vraag"),
    "answer": gettext_lazy("Antwoord"),
    "conclusion": gettext_lazy("Conclusie"),
}


def _row(consultation: Consultation, patient: Patient | None, actor: Actor, by_us: bool) -> Row:
    invitations = list(consultation.invitations.all())
    kind, label = _state(consultation, invitations, actor)
    due = consultation.due if consultation.status == Status.OPEN else None
    late = due is not None and due < timezone.now()
    far = ""
    if late and kind == "theirs":
        asked = [
            {"organisation": i.organisation_id, "name": i.organisation.name, "answered": i.status == InvitationStatus.ANSWERED}
            for i in sorted(invitations, key=lambda i: i.organisation.name)
        ]  # fmt: skip
        far, label = access.answers_so_far(asked, consultation.due, actor.organisation_id), _("te laat")
    names = ", ".join(sorted(i.organisation.name for i in invitations))
    return Row(
        url=reverse("consultations:thread", args=[consultation.pk]),
        who=patient.name if patient else _("naam niet meer zichtbaar"),
        who_note=_note(patient) if patient else "",
        what=_("Aan %(names)s") % {"names": names} if by_us else _("Vraag om mee te denken"),
        number=consultation.number,
        due=due,
        far=far,
        source="" if by_us else consultation.asking_organisation.name,
        status="late" if late and kind in {"ours", "theirs"} else kind,
        label=label,
        action="" if kind != "ours" else _("Concluderen") if by_us else _("Antwoorden"),
    )


def _note(patient: Patient) -> str:
    years = _("%(n)s jaar") % {"n": patient.age}
    return " · ".join(filter(None, [str(patient.get_gender_display()), years, patient.place]))


def _candidates(request: ActingRequest, opening: Opening, actor: Actor, form: AskForm | None = None) -> dict[str, Any]:
    """Whom the question may go to: who was chosen already, who cares for the patient, and who was found."""
    finder = FindForm(request.POST if "find" in request.POST else None)
    looked = finder.is_bound and finder.is_valid() and any(finder.cleaned_data.values())
    chosen = {int(pk) for pk in request.POST.getlist("organisations") if pk.isdecimal() and len(pk) < 19}
    listed: dict[int, tuple[Organisation, str]] = {}
    for organisation in access.askable(actor).filter(pk__in=chosen):
        listed[organisation.pk] = (organisation, "")
    for organisation in access.involved_with(opening, actor):
        listed[organisation.pk] = (organisation, _("betrokken bij deze inwoner"))
    found = (
        access.find_askable(actor, words=finder.cleaned_data["find"], domain=finder.cleaned_data["domain"])
        if looked
        else []
    )
    for organisation in found:
        listed.setdefault(organisation.pk, (organisation, ""))
    return {
        "finder": finder,
        "looked": looked,
        "found": len(found),
        "candidates": [(organisation, why, organisation.pk in chosen) for organisation, why in listed.values()],
        "errors": form["organisations"].errors if form is not None and form.is_bound else [],
        "key": opening.patient.key,
    }


def _group(kind: Category, items: list[Any], chosen: set[str]) -> dict[str, Any]:
    rows = [(item, item.ref in chosen, when(item.on_date)) for item in items]
    return {"label": kind.label, "rows": rows, "chosen": len(chosen & {item.ref for item in items})}
