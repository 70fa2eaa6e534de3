"""Who may see what: the everyday choices, exceptions, what waits for a guardian, and no to everything."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.models import Organisation, User
from people.request import ActingRequest
from portal import access, actions, words
from portal.access import EVERYBODY, Party, Standing
from portal.forms import ChoiceForm, ExceptionForm
from portal.views.standing import in_record
from trust.access import Opening
from trust.actions import choose, confirm_choice, withdraw
from trust.categories import Category, from_mask
from trust.models import Consent


def _open(request: ActingRequest, standing: Standing) -> Opening:
    access.need_acting(standing)
    return access.open_least(request.actor, standing)


@in_record
@require_safe
def consent(request: ActingRequest, standing: Standing) -> HttpResponse:
    """The everyday answer on one screen, the exceptions below it."""
    opening = _open(request, standing)
    return render(
        request,
        "portal/consent.html",
        {
            "choices": access.choices_for(opening),
            "opened": request.GET.get("reader", ""),
            "account": opening.patient.account_id,
            "standing": standing,
        },
    )


def _reading(party: Party) -> dict[str, Any]:
    """A party as the reader of a choice."""
    if party.user_id:
        return {"reader_user": User.objects.get(pk=party.user_id)}
    if party.organisation_id:
        return {"reader_organisation": Organisation.objects.get(pk=party.organisation_id)}
    return {"reader_domain": party.domain}


def _holding(party: Party) -> dict[str, Any]:
    """A party as the holder of what a choice is about."""
    if party.organisation_id:
        return {"holder_organisation": Organisation.objects.get(pk=party.organisation_id)}
    return {"holder_domain": party.domain}


def _say(request: ActingRequest, made: Consent, sentence: str, undo: str) -> None:
    if made.awaits:
        sentence = f"{sentence} {_('Dit telt pas als een ouder of voogd het goedvindt.')}"
    messages.success(request, sentence, extra_tags=undo)


@in_record
@require_POST
def choose_consent(request: ActingRequest, standing: Standing, reader: str, group: str, answer: str) -> HttpResponse:
    """Keep one everyday choice; it counts from this moment, and choosing again undoes it."""
    opening = _open(request, standing)
    party = access.get_party(opening, reader)
    form = ChoiceForm({"group": group, "answer": answer})
    if not form.is_valid():
        raise Http404
    chosen = form.group_chosen
    access.need_choosing(standing, chosen.categories)
    if party == EVERYBODY:
        made = actions.choose_for_everybody(
            patient=opening.patient, permit=form.permit, categories=chosen.categories, by=request.actor
        )
        _say(request, made, words.told(str(party.title), form.permit, chosen.categories), "")
        return redirect(f"{reverse('portal:consent')}#reader-all")
    former = next(found.state for found in access.reader_for(opening, party).answers if found.group.key == group)
    made = choose(
        patient=opening.patient, permit=form.permit, categories=chosen.categories, by=request.actor, **_reading(party)
    )
    back = {"yes": "permit", "no": "refuse"}.get(former)
    undo = reverse("portal:choose", args=[reader, group, back]) if back and back != answer else ""
    said = words.told(str(party.title), form.permit, chosen.categories, one=bool(party.user_id))
    _say(request, made, said, undo)
    return redirect(f"{reverse('portal:consent')}?reader={reader}#reader-{reader}")


@in_record
@require_safe
def exceptions(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Choose about whom an exception is: who helps, who looked, somebody found, or a kind."""
    access.need_acting(standing)
    wanted = standing.categories & {Category.IDENTITY, Category.NETWORK} or standing.categories
    opening = access.open_in(request.actor, standing, wanted)
    typed = request.GET.get("q", "").strip()[:80]
    return render(
        request,
        "portal/exceptions.html",
        {
            "known": access.known_for(opening),
            "kinds": [EVERYBODY, *access.kinds_of_party()],
            "typed": typed,
            "found": access.found_by(typed),
        },
    )


@in_record
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: ActingRequest, standing: Standing, reader: str) -> HttpResponse:
    """Make one exception, about one reader."""
    opening = _open(request, standing)
    party = access.get_party(opening, reader)
    own = [] if party.organisation_id is None or party.user_id else [party]
    places = [*access.known_for(opening).organisations, *own]
    holders = {place.key: place for place in [EVERYBODY, *access.kinds_of_party(), *places]}
    named = [(key, str(_("Van iedereen")) if key == "all" else str(one.title)) for key, one in holders.items()]
    given = request.POST if request.method == "POST" else None
    form = ExceptionForm(
        given, groups=standing.choosable, holders=named, initial={"holder": request.GET.get("holder", "all")}
    )
    if form.is_valid():
        holder = holders[form.cleaned_data["holder"]]
        made = choose(
            patient=opening.patient,
            permit=form.permit,
            categories=form.categories,
            by=request.actor,
            ends=form.ends,
            **_reading(party),
            **_holding(holder),
        )
        _say(request, made, words.choice(made), reverse("portal:withdraw", args=[made.pk]))
        return redirect(f"{reverse('portal:consent')}#exceptions")
    return render(
        request, "portal/exception.html", {"form": form, "party": party}, status=422 if form.is_bound else 200
    )


@in_record
@require_POST
def withdraw_choice(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """Take a choice away; the more general ones count again. A guardian turns down what a child permitted."""
    choice = _choice(_open(request, standing), pk)
    access.need_choosing(standing, from_mask(choice.categories))
    withdraw(consent=choice, by=request.actor)
    said = (
        _("Deze keuze telt niet meer.") if not choice.awaits else _("Deze keuze is niet goedgevonden. Zij telt niet.")
    )
    messages.success(request, said)
    return redirect("portal:consent")


@in_record
@require_POST
def confirm(request: ActingRequest, standing: Standing, pk: int) -> HttpResponse:
    """A guardian confirms what a child under sixteen permitted."""
    choice = _choice(_open(request, standing), pk)
    access.need_choosing(standing, from_mask(choice.categories))
    confirm_choice(consent=choice, by=request.actor)
    messages.success(request, _("Deze keuze is goedgevonden. Zij telt vanaf nu."))
    return redirect("portal:consent")


def _choice(opening: Opening, pk: int) -> Consent:
    choice = access.get_choice(opening, pk)
    if choice is None or choice.origin == Consent.Origin.NATIONAL:
        raise Http404
    return choice


@in_record
@require_POST
def refuse_all(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Refuse everything at once; one press brings back how it was."""
    opening = _open(request, standing)
    access.need_choosing(standing, words.everything())
    request.session["refused"] = actions.refuse_everything(patient=opening.patient, by=request.actor)
    said = _("U weigert nu alles. Wie u helpt, ziet alleen wat hij zelf over u opschreef.")
    messages.success(request, said, extra_tags=reverse("portal:unrefuse"))
    return redirect("portal:consent")


@in_record
@require_POST
def undo_refuse_all(request: ActingRequest, standing: Standing) -> HttpResponse:
    """Bring back how it was before everything was refused."""
    opening = _open(request, standing)
    access.need_choosing(standing, words.everything())
    objection = access.choices_for(opening).refused_all
    if objection is None:
        raise Http404
    before = request.session.pop("refused", None)
    actions.undo_refusal(objection=objection, before=before, by=request.actor)
    messages.success(request, _("U weigert niet meer alles. Kijk hieronder wat nu geldt."))
    return redirect("portal:consent")
