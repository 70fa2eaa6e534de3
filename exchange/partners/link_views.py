"""The page behind a link, for who answers without software; and the sender's page of that link, with the code to tell."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dossier.access import person_of
from events.actor import Actor, act
from events.errors import Refused
from exchange.partners import linking
from exchange.partners.forms import CodeForm, LinkAskForm, LinkCompleteForm, LinkRejectForm
from exchange.partners.models import AnswerLink, LetterWay
from people.request import ActingRequest
from referrals import access
from referrals.letter import content_of, pdf
from referrals.models import Referral
from referrals.moves import Status

MOST_MISSES, MISS_SECONDS = 20, 600
"""Links that were not there, from one place, after which it has to wait."""
FORMS: dict[str, Any] = {"reject": LinkRejectForm, "ask": LinkAskForm, "complete": LinkCompleteForm}
SAID = {
    "accept": gettext_lazy("U heeft deze vraag aangenomen. De verwijzer belt u met een code voor de brief."),
    "reject": gettext_lazy("De verwijzer en de inwoner lezen dat het bij u niet kan. U hoeft niets meer te doen."),
    "ask": gettext_lazy("Uw vraag is gesteld. U krijgt een nieuwe e-mail zodra er antwoord is."),
    "mailed": gettext_lazy("U heeft deze vraag aangenomen. De brief komt in uw beveiligde mailbox."),
    "complete": gettext_lazy("Dank u. De verwijzer en de inwoner lezen dat het is afgerond."),
}
STEPS = {
    Status.REQUESTED: ("accept", "reject", "ask"),
    Status.ACCEPTED: ("complete", "letter"),
    Status.IN_PROGRESS: ("complete", "letter"),
}
"""What can be done by a link in each state."""


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: ActingRequest, secret: str) -> HttpResponse:
    """What is asked, as far as it may be seen before accepting, and the answers. Opening it changes nothing."""
    place = request.actor.place
    missed = f"link-missed:{place}"
    if cache.get(missed, 0) >= MOST_MISSES:
        return _kept_by_nobody(render(request, "errors/429.html", status=429))
    link = linking.link_of(secret)
    if link is None:
        cache.add(missed, 0, MISS_SECONDS)
        cache.incr(missed)
        raise Http404
    actor = linking.actor_of(link, request_id=request.actor.request_id, place=place)
    with act(actor):
        return _kept_by_nobody(_answered(request, link, actor))


def _kept_by_nobody(response: HttpResponse) -> HttpResponse:
    """No cache keeps it, no search engine finds it, and nobody is told of its address, not even this server for its own files.

    With *no-referrer* a browser would name no origin with its buttons either, and they would not be believed.
    """
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"], response["X-Robots-Tag"] = "strict-origin", "noindex"
    return response


def _answered(request: ActingRequest, link: AnswerLink, actor: Actor) -> HttpResponse:
    referral = linking.referral_of(link, actor)
    if referral is None:
        return render(request, "exchange/link_over.html", {}, status=410)
    possible = STEPS.get(Status(referral.status), ())
    step = request.POST.get("step", "")
    if request.method != "POST":
        return _page(request, link, referral, possible)
    if step not in possible:
        return _page(request, link, referral, possible, said=_("Deze vraag is al beantwoord."), status=409)
    form = CodeForm(request.POST) if step == "letter" else _form(step, referral, request.POST)
    if form is not None and not form.is_valid():
        return _page(request, link, referral, possible, wrong={step: form})
    values = form.cleaned_data if form is not None else {}
    try:
        if step == "letter":
            if not linking.check_code(link=link, code=values["code"]):
                raise Refused(_("Deze code is niet goed. Bel de verwijzer."), field="code")
            return _letter(link, referral, actor)
        referral = linking.answer(link=link, referral=referral, step=step, values=values, by=actor)
    except Refused as refused:
        if form is None:
            return _page(request, link, referral, possible, said=refused.message, status=409)
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return _page(request, link, referral, possible, wrong={step: form})
    now = linking.referral_of(link, actor)
    said = SAID["mailed" if step == "accept" and link.letter_way else step]
    return _page(request, link, now or referral, STEPS.get(Status(referral.status), ()) if now else (), said=said)


def _form(step: str, referral: Referral, data: Any = None) -> Any:
    """The form of an answer that asks something; a talk and an order close with outcomes of their own."""
    more = {"service": referral.service} if step == "complete" else {}
    return FORMS[step](data, **more) if step in FORMS else None


def _page(
    request: ActingRequest,
    link: AnswerLink,
    referral: Referral,
    possible: tuple[str, ...],
    *,
    wrong: dict[str, Any] | None = None,
    said: object = "",
    status: int = 200,
) -> HttpResponse:
    wrong = wrong or {}
    forms = {step: wrong.get(step) or _form(step, referral) for step in FORMS if step in possible}
    context = {
        "referral": referral, "about": access.about(referral), "forms": forms, "possible": possible, "said": said, "wrong": list(wrong),
        "code_form": wrong.get("letter") or CodeForm(), "mailed": link.letter_way in {LetterWay.WAITING, LetterWay.SECURE},
    }  # fmt: skip
    return render(request, "exchange/link.html", context, status=422 if wrong else status)


def _letter(link: AnswerLink, referral: Referral, actor: Actor) -> HttpResponse:
    """The letter as PDF/A; the record is opened for it, and the log says by which link."""
    opening = access.open_referral(actor, referral)
    if opening is None:
        raise PermissionDenied(_("De brief is niet (meer) te openen."))
    content = {**content_of(referral, opening), "person": person_of(opening, actor)}
    response = HttpResponse(pdf(referral, content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{referral.number}.pdf"'
    linking.fetched(link=link, referral=referral, by=actor)
    return response


@require_http_methods(["GET", "POST"])
def link(request: ActingRequest, pk: int) -> HttpResponse:
    """For who referred: where the link went, the code to tell, and sending a new one or ending it."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    found = linking.shown_to(referral) if "sender" in access.parties_of(referral, actor) else None
    if found is None:
        raise Http404
    if request.method == "POST":
        if request.POST.get("do") == "end":
            linking.end(link=found, by=actor)
            messages.success(request, _("De link werkt niet meer."))
        else:
            linking.renew(link=found, referral=referral, by=actor)
            messages.success(request, _("Er gaat een nieuwe link weg; de vorige werkt niet meer."))
        return redirect("exchange:link", pk)
    accepted = referral.status in {Status.ACCEPTED, Status.IN_PROGRESS}
    context = {
        "referral": referral, "link": found, "shut": found.tries >= linking.MOST_TRIES,
        "code": linking.code_of(found) if accepted and found.ended_at is None else "",
    }  # fmt: skip
    return render(request, "exchange/link_sent.html", context)
