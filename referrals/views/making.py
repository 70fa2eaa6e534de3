"""Making a referral: one page with three steps beside each other, which also works without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossier.access import FRAME, person_of, when, withheld_sentences
from dossier.access.questionnaires import PREFIX
from events.actor import Actor
from people.models import Membership, Patient, PatientIdentity
from people.request import ActingRequest
from referrals import access, actions
from referrals.access import Group, Offer, Someone
from referrals.forms import OfferForm, ReferralForm
from referrals.models import Draft
from referrals.moves import BY_RESIDENCE, MOST_CHOICES
from referrals.views import drafts
from referrals.views import filling as forms
from referrals.views.windows import unsent
from referrals.views.words import for_citizen
from square.facets import LABELS
from trust.access import Opening, get_patient
from trust.categories import EVERYTHING, Category

PROBLEMS = FRAME | {Category.PROBLEMS, Category.MENTAL_HEALTH, Category.SOCIAL}
"""What is opened before an offer was chosen: who it is about, and the problems by which an offer can be found."""


@login_required
@require_http_methods(["GET", "POST"])
def new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Refer a patient. ``do`` says what the form was sent for: ``search`` offers, ``compare`` them, ``choose`` one, or ``send``; or
    to draw the ``form`` of the service again, to ``keep`` what was typed, ``drop`` what was kept, ``hand`` it to a colleague,
    ``fill`` in a text or keep one (``template``).

    Keeping, sifting and comparing open nothing of the record. The page itself opens the bar, the postcode and the problems; the rest is
    opened when an offer was chosen and what could go along is shown, which the log then says.
    """
    actor = request.actor
    said = request.POST if request.method == "POST" else request.GET
    doing = _doing(request)
    part = bool(request.htmx)
    if doing in _BESIDES:
        access.need_organisation(actor)
        return _BESIDES[doing](request, get_patient(actor, key))
    if doing in {"search", "compare"} and part:
        access.need_organisation(actor)
        patient = get_patient(actor, key)
        about = _someone(patient, said)
        if doing == "compare":
            return render(request, "referrals/_compare.html", {**_compared(about, said), "patient": patient})
        return render(request, "referrals/_offers.html", _offers(patient, about, said, said.get("service")))
    chosen = said.get("pick") or said.get("service")
    opening = access.open_for_referral(actor, key, EVERYTHING if chosen else PROBLEMS)
    draft, missing = drafts.opened(opening, request)
    if draft and not chosen and (chosen := draft.typed.get("service")):
        opening = access.open_for_referral(actor, key, EVERYTHING)
    about = access.someone(opening)
    offer = access.get_offer(about, chosen, figures=doing != "send")
    gone = None
    before = draft.typed.get("service") if draft is not None else said.get("gone")
    if before and (chosen == before if draft is not None else offer is None):
        gone = access.gone_offer(about, before)
        offer = None if gone else offer
    ticked = request.POST.getlist("items") if doing == "send" else None
    groups = access.selection_for(actor, opening, offer.service, ticked) if offer else []
    filling = forms.of_new(actor, opening, offer.service if offer else None, said, draft)
    if doing == "form" and part:
        return render(request, "referrals/_form.html", {"filling": filling, "url": request.path})
    if doing == "choose" and part:
        groups = _ticked(groups, said, offer)
        form = ReferralForm(patient=opening.patient, offer=offer, groups=groups)
        after = {"after": _after(about, said, offer, said.getlist("then"))}
        context = {
            **_along(request, form, opening, offer, groups),
            **_texts(actor, offer),
            **after,
            "apart": True,
            "form": form,
            "filling": filling,
            "url": request.path,
        }
        return render(request, "referrals/_chosen.html", context)
    if doing == "template":
        drafts.keep_text(request, opening.patient, offer.service if offer else None)
    colleagues = SimpleLazyObject(lambda: access.colleagues_for(actor))
    form = _form(request, doing, opening, offer, groups, colleagues, draft)
    which, stopped = _which(draft, said), None
    ready = doing == "send" and all([form.is_valid(), filling.sound(), _complete(form, filling, groups)])
    if ready and offer is not None and (stopped := unsent(request, opening, offer.service, form.cleaned_data)):
        form.add_error(None, stopped.words)
        renewed = request.POST.copy()
        renewed["token"] = str(stopped.token)
        form.data = renewed
        which = stopped.which
    elif ready and offer is not None:
        values = form.cleaned_data
        made = actions.send(
            opening=opening, service=offer.service, question=values["question"], agreed=values["agreed"], wish=values["wish"],
            urgency=values["urgency"], notice=values["notice"], items=values["items"],
            answers=filling.answers, letter_later=values["letter_later"], session=values["session"], who=values["who"],
            consultation=_consultation(said), sender_id=values["sender"], then=values["then"], token=values["token"],
            draft=which, channel=values["channel"] or None, by=actor,
        )  # fmt: skip
        messages.success(
            request,
            _("Verwijzing %(number)s is verstuurd naar %(name)s.")
            % {"number": made.number, "name": offer.service.organisation.name},
        )
        return redirect("referrals:thread", made.pk)
    if ticked is not None and (offer := access.get_offer(about, chosen)):
        groups = access.selection_for(actor, opening, offer.service)
    if request.method == "POST":
        groups = _ticked(groups, said, offer)
    if draft is not None and offer is not None and draft.typed.get("shown") == str(offer.service.pk):
        groups = access.ticked_as(groups, draft.typed.get("items", []))
    searched = said.copy()
    if "near" not in said:
        searched["near"] = _postcode(opening)
    context = {
        **_offers(opening.patient, about, searched, chosen, offer),
        **(_compared(about, searched) if doing == "compare" else {}),
        **_along(request, form, opening, offer, groups),
        **_texts(actor, offer),
        "after": _after(about, searched, offer, draft.typed.get("then", []) if draft else said.getlist("then")),
        "form": form,
        "filling": filling,
        "url": request.path,
        "draft": draft,
        "others": drafts.others_of(opening, which),
        "missing": missing,
        "which": which,
        "kept": which.seen if which else None,
        "opened": said.get("opened") or timezone.now().isoformat(),
        "again": stopped.meant.pk if stopped and stopped.meant else said.get("again", ""),
        "gone": gone,
        "carried": _carried(gone, draft, said),
        "colleagues": colleagues,
        "person": person_of(opening, request.actor),
        "problems": [(f"{code} {name}", name) for code, name in access.problems_of(opening)],
        "patient": opening.patient,
        "sent": doing == "send",
        "consultation": _consultation(said) or (draft and draft.typed.get("consultation")),
        "faults": [one for one in (form, filling.form) if one is not None and one.is_bound],
    }
    return render(request, "referrals/new.html", context)


def _which(draft: Draft | None, said: QueryDict) -> access.Which | None:
    """The draft that the form goes on with: the one that was opened, or as the form says."""
    return access.Which(draft.pk, draft.saved_at) if draft is not None else forms.which_of(said)


def _ticked(groups: list[Group], said: QueryDict, offer: Offer | None) -> list[Group]:
    """What was ticked stays so for the receiver it was ticked for, and for who takes the place of one that cannot be asked any more."""
    if offer is None or said.get("shown") not in {str(offer.service.pk), said.get("gone", "none")}:
        return groups
    return access.ticked_as(groups, said.getlist("items"))


def _carried(gone: access.Gone | None, draft: Draft | None, said: QueryDict) -> list[tuple[str, str]]:
    """What was ticked and filled in for an offer that cannot be asked any more, carried along until another is chosen."""
    if gone is None:
        return []
    number = str(gone.service.pk)
    typed: dict[str, Any] = draft.typed if draft is not None else {}
    items = typed.get("items", []) if draft is not None else said.getlist("items")
    form = str(typed.get("questionnaire", "")) if draft is not None else said.get("questionnaire", "")
    answers = typed.get("answers", {}) if draft is not None else forms.typed_in(said)
    return [
        ("gone", number),
        ("shown", number),
        *(("items", ref) for ref in items),
        *([("questionnaire", form)] if form else []),
        *((f"{PREFIX}-{name}", one) for name, many in answers.items() for one in many),
    ]


def _complete(form: ReferralForm, filling: forms.Filling, groups: list[Group]) -> bool:
    """Whether what must go with the form of the service is ticked; said where it is chosen."""
    if filling.form is None or filling.answers is None:
        return True
    ticked = set(form.cleaned_data.get("items", ()))
    kinds = [item.kind for group in groups for item in group.items if item.ref in ticked]
    if fault := access.along_fault(filling.form.questionnaire, kinds):
        form.add_error("items", fault)
    return not fault


def _consultation(said: QueryDict) -> int | None:
    """The number of the consultation that was turned into this referral, as the form carries it along."""
    number = said.get("consultation", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None


def _someone(patient: Patient, said: QueryDict) -> Someone:
    """Whom offers are judged for while nothing is opened: who is responsible was found when the page was opened, and travels along."""
    found = {law: said.get(f"at_{law}", "")[:80] for law in BY_RESIDENCE}
    return Someone(patient.age, patient.municipality, {law: place for law, place in found.items() if place})


def _after(patient: Someone, said: QueryDict, offer: Offer | None, chosen: list[str]) -> list[dict[str, Any]]:
    """What can be asked next when the chosen offer says no: what the search finds and what was chosen so; a first and a second."""
    if offer is None:
        return []
    found = [*access.compared(patient, chosen), *access.find_offers(patient, _searched(said).search()).offers]
    able = {str(o.service.pk): o.service for o in found if o.choosable and o.service.pk != offer.service.pk}
    chosen = [pk for pk in chosen if pk in able]
    return [
        {"options": list(able.items()), "current": chosen[place] if place < len(chosen) else ""}
        for place in range(MOST_CHOICES - 1)
    ]


def _doing(request: ActingRequest) -> str:
    """What the form was sent for; a sift and the choice within a comparison say so by themselves."""
    if request.method != "POST":
        return ""
    if "set" in request.POST:
        return "search"
    return "choose" if "pick" in request.POST else request.POST.get("do", "send")


_BESIDES = {"keep": drafts.keep, "drop": drafts.drop, "hand": drafts.hand}


def _texts(actor: Actor, offer: Offer | None) -> dict[str, Any]:
    """The texts to begin with, for the kind of the chosen service or for any."""
    return {"texts": access.templates_for(actor, offer.service.kind if offer else ""), "offer": offer}


KEPT = (
    "session",
    "who",
    "question",
    "letter_later",
    "wish",
    "notice",
    "urgency",
    "agreed",
    "sender",
    "channel",
    "token",
)


def _form(
    request: ActingRequest,
    doing: str,
    opening: Opening,
    offer: Offer | None,
    groups: list[Group],
    colleagues: Iterable[Membership],
    draft: Draft | None,
) -> ReferralForm:
    options: dict[str, Any] = {
        "patient": opening.patient, "offer": offer, "groups": groups, "colleagues": colleagues,
    }  # fmt: skip
    if doing == "send":
        return ReferralForm(request.POST, **options)
    kept = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    if draft is not None:
        kept = drafts.initial_of(draft, request.actor.user_id)
    if doing == "fill":
        kept["question"] = drafts.filled(request)
    if not kept.get("channel"):
        kept["channel"] = access.usual_channel(opening, request.actor)
    return ReferralForm(initial={"token": uuid.uuid4(), **kept}, **options)


def _postcode(opening: Opening) -> str:
    identity = PatientIdentity.objects.filter(patient=opening.patient).first()
    return identity.postcode[:4] if identity else ""


def _offers(
    patient: Patient, about: Someone, said: QueryDict, chosen: str | None, offer: Offer | None = None
) -> dict[str, Any]:
    """The offers that match, sifted, the chosen one kept in sight even when the words no longer find it."""
    search = _searched(said)
    wanted = search.search()
    found = access.find_offers(about, wanted)
    offers = found.offers
    if chosen and not any(str(o.service.pk) == chosen for o in offers):
        kept = access.get_offer(about, chosen, wanted.near)
        offers = [kept, *offers] if kept else offers
    code = search.cleaned_data.get("code", "")
    return {
        "search": search,
        "found": found,
        "offers": offers,
        "sifts": [(str(LABELS[name]), sifts) for name, sifts in found.sifts.items() if sifts],
        "active": [sift for sifts in found.sifts.values() for sift in sifts if sift.current],
        "code": code,
        "problem": code.partition(" ")[2],
        "beyond": wanted.beyond,
        "removed": any(pressed.endswith("=") for pressed in said.getlist("set")),
        "compare": said.getlist("compare"),
        "chosen": chosen or "",
        "near": wanted.near,
        "patient": patient,
        "lives": [(law, place) for law, place in about.responsible.items()],
        "offer": offer,
    }


def _searched(said: QueryDict) -> OfferForm:
    """The search as it is after the sift that was pressed: ``set`` holds ``name=value``, without a value it takes one away."""
    changed = said.copy()
    for pressed in said.getlist("set"):
        name, _is, value = pressed.partition("=")
        if name == "beyond":
            beyond = set(said.getlist("beyond")) ^ {value}
            changed.setlist("beyond", sorted(beyond))
        else:
            changed[name] = value
    search = OfferForm(changed)
    search.is_valid()
    return search


def _compared(patient: Someone, said: QueryDict) -> dict[str, Any]:
    """The offers that were ticked, beside each other; fewer than two is said."""
    near = _searched(said).search().near
    return {"comparing": True, "columns": access.compared(patient, said.getlist("compare"), near)}


def _along(
    request: ActingRequest, form: ReferralForm, opening: Opening, offer: Offer | None, groups: list[Group]
) -> dict[str, Any]:
    membership = request.membership
    return {
        "offer": offer,
        "check": access.check_of(opening, offer.service) if offer else None,
        "patient": opening.patient,
        "groups": [
            {"group": group, "rows": [(item, when(item.on_date), item.ref in group.ticked) for item in group.items]}
            for group in groups
        ],
        "withheld": withheld_sentences(opening, request.actor.organisation_id) if offer else [],
        "ticked": sum(len(group.ticked) for group in groups),
        "total": sum(len(group.items) for group in groups),
        "citizen_reads": for_citizen(offer.service, membership.organisation) if offer and membership else [],
        "items_errors": form.errors.get("items", []) if form.is_bound else [],
        "then_errors": form.errors.get("then", []) if form.is_bound else [],
    }
