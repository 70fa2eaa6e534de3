"""The pages of the network: who stands around a citizen, adding and changing, who coordinates, and what is proposed."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossier import actions
from dossier.access import FRAME, person_of, register, related_persons_for
from dossier.access import network as access
from dossier.access.meanwhile import in_the_register
from dossier.forms import EndForm, ParticipantForm, RelatedPersonForm
from dossier.forms.network import FUNCTIONS
from dossier.models import Participant, Proposal, RelatedPerson
from dossier.views.opened import opened
from people.access import need_professional
from people.models import Patient
from people.request import ActingRequest
from trust.access import Opening
from trust.categories import Category

NEEDED = FRAME | {Category.NETWORK}
Entry = RelatedPerson | Participant


def _opened(request: ActingRequest, key: uuid.UUID) -> Opening:
    opening = opened(request.actor, key, NEEDED)
    if Category.NETWORK not in opening.own:
        raise PermissionDenied(_("Het zorgnetwerk van deze inwoner is voor u niet te zien."))
    return opening


@login_required
@require_safe
def contacts(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Who stands around the person: the care team, contact persons, what is proposed, what sources tell, and who was there before."""
    opening = _opened(request, key)
    shown = register.register_for(opening, request.actor)
    context = {
        "register": shown,
        "person": person_of(opening, request.actor),
        "patient": opening.patient,
        "coordinator": next((line.entry for line in shown.team if line.entry.coordinates), None),
    }
    return render(request, "dossier/contacts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contact_new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Add a contact person or informal carer."""
    opening = _opened(request, key)
    form = RelatedPersonForm(request.POST or None, others=related_persons_for(opening))
    if request.method == "POST" and form.is_valid():
        actions.add_related_person(opening=opening, values=form.values, other=form.is_other, by=request.actor)
        messages.success(request, _("De contactpersoon staat in het netwerk."))
        return redirect("dossier:contacts", key)
    return _page(request, opening, form, title=_("Contactpersoon toevoegen"), save=_("Toevoegen"))


@login_required
@require_http_methods(["GET", "POST"])
def member_new(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Add who helps: a colleague, another participant, or somebody outside the network."""
    opening = _opened(request, key)
    who = request.GET.get("who", "colleague")
    if who not in ParticipantForm.WHO:
        raise Http404
    people = access.colleagues(request.actor)
    me = next((one for one in people if one.user_id == request.actor.user_id and one.role == request.actor.role), None)
    initial = {"membership": me, "function": me.get_role_display()} if me and who == "colleague" else {}
    form = ParticipantForm(
        request.POST or None, who=who, people=people, own=request.actor.organisation_id, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        actions.add_participant(opening=opening, values=form.cleaned_data, by=request.actor)
        messages.success(request, _("Deze hulpverlener staat in het netwerk."))
        return redirect("dossier:contacts", key)
    tabs = [
        {"url": f"{reverse('dossier:member_new', args=[key])}?who={name}", "label": label, "current": name == who}
        for name, label in ParticipantForm.WHO.items()
    ]
    return _page(request, opening, form, title=_("Hulpverlener toevoegen"), save=_("Toevoegen"), tabs=tabs)


@login_required
@require_http_methods(["GET", "POST"])
def contact_change(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Change a contact person, or propose the change to who keeps it."""
    opening = _opened(request, key)
    return _change(request, opening, access.get_related_person(opening, entry))


@login_required
@require_http_methods(["GET", "POST"])
def member_change(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Change a member of the care team, or propose the change to who keeps it."""
    opening = _opened(request, key)
    return _change(request, opening, access.get_participant(opening, entry))


def _change(request: ActingRequest, opening: Opening, here: Entry) -> HttpResponse:
    form = _form_of(request, opening, here, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.change_entry(
            opening=opening,
            entry=here,
            seen=_seen(request),
            values=form.values,
            by=request.actor,
            why=request.POST.get("why", ""),
        )
        _say(request, made)
        return redirect("dossier:contacts", opening.patient.key)
    return _change_page(request, opening, here, form, EndForm())


def _form_of(request: ActingRequest, opening: Opening, here: Entry, typed: Any) -> RelatedPersonForm | ParticipantForm:
    meanwhile = in_the_register(opening, here, _seen(request)) if typed else None
    if isinstance(here, RelatedPerson):
        others, legal = related_persons_for(opening), here.organisation_id is not None
        return RelatedPersonForm(typed, entry=here, others=others, legal=legal, meanwhile=meanwhile)
    people = access.colleagues(request.actor)
    if here.membership and here.membership not in people:
        people = [*people, here.membership]
    who = ParticipantForm.who_of(here)
    return ParticipantForm(typed, entry=here, who=who, people=people, own=here.organisation_id, meanwhile=meanwhile)


def _change_page(
    request: ActingRequest, opening: Opening, here: Entry, form: RelatedPersonForm | ParticipantForm, end: EndForm
) -> HttpResponse:
    keeper, direct = register.keeper_of(here), register.may_change(request.actor, opening, here)
    return _page(
        request,
        opening,
        form,
        title=_("Wijzigen: %(who)s") % {"who": here.name if isinstance(here, RelatedPerson) else here.who},
        save=_("Bewaren") if direct else _("Voorstellen aan %(keeper)s") % {"keeper": keeper},
        entry=here,
        keeper=keeper,
        waiting=register.waiting_for(opening, here) if direct else [],
        direct=direct,
        end=end,
        kind="contact" if isinstance(here, RelatedPerson) else "member",
        status=max(form.status, end.status),
    )


@login_required
@require_POST
def contact_end(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Say on which day a contact person was one last."""
    opening = _opened(request, key)
    return _end(request, opening, access.get_related_person(opening, entry))


@login_required
@require_POST
def member_end(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Say on which day somebody helped last."""
    opening = _opened(request, key)
    return _end(request, opening, access.get_participant(opening, entry))


def _end(request: ActingRequest, opening: Opening, here: Entry) -> HttpResponse:
    form = EndForm(request.POST, meanwhile=in_the_register(opening, here, _seen(request)))
    kind = "contact" if isinstance(here, RelatedPerson) else "member"
    if not form.is_valid():
        return _change_page(request, opening, here, _form_of(request, opening, here, None), form)
    made = actions.end_entry(
        opening=opening, entry=here, seen=_seen(request), until=form.cleaned_data["until"], by=request.actor
    )
    if isinstance(made, Proposal):
        _say(request, made)
    else:
        undo = reverse(f"dossier:{kind}_reopen", args=[opening.patient.key, here.key])
        messages.success(request, _("Het einde is vastgelegd."), extra_tags=undo)
    return redirect("dossier:contacts", opening.patient.key)


@login_required
@require_POST
def contact_reopen(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Take the end of a contact person back."""
    opening = _opened(request, key)
    return _reopen(request, opening, access.get_related_person(opening, entry))


@login_required
@require_POST
def member_reopen(request: ActingRequest, key: uuid.UUID, entry: uuid.UUID) -> HttpResponse:
    """Take the end of a member of the care team back."""
    opening = _opened(request, key)
    return _reopen(request, opening, access.get_participant(opening, entry))


def _reopen(request: ActingRequest, opening: Opening, here: Entry) -> HttpResponse:
    actions.reopen_entry(opening=opening, entry=here, seen=here.version, by=request.actor)
    messages.success(request, _("Het einde is teruggenomen."))
    return redirect("dossier:contacts", opening.patient.key)


@login_required
@require_POST
def coordinator(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Hand the coordination over, or stop it."""
    opening = _opened(request, key)
    former, to = (_named(opening, request.POST.get(name, "")) for name in ("from", "to"))
    actions.hand_over(opening=opening, from_=former, to=to, by=request.actor)
    words = _("%(who)s coördineert vanaf nu.") % {"who": to.who} if to else _("Er is nu geen coördinator.")
    messages.success(request, words)
    return redirect("dossier:contacts", key)


def _named(opening: Opening, key: str) -> Participant | None:
    try:
        return access.get_participant(opening, uuid.UUID(key)) if key else None
    except ValueError:
        raise Http404 from None


@login_required
@require_POST
def take_over(request: ActingRequest, key: uuid.UUID) -> HttpResponse:
    """Write down in the register whom a source names, without typing it again."""
    opening = _opened(request, key)
    beside = access.get_beside(opening, request.POST.get("ref", ""))
    made = actions.take_over(opening=opening, beside=beside, by=request.actor)
    name = made.name if isinstance(made, RelatedPerson) else made.who
    messages.success(request, _("%(name)s is overgenomen in het netwerk.") % {"name": name})
    return redirect("dossier:contacts", key)


@login_required
@require_POST
def proposal(request: ActingRequest, key: uuid.UUID, pk: int, answer: str) -> HttpResponse:
    """Take a proposal over, decline it, or take the own one back."""
    opening = _opened(request, key)
    asked = register.get_proposal(opening, pk)
    if answer == "accept":
        actions.accept_proposal(opening=opening, proposal=asked, by=request.actor)
        messages.success(request, _("Het voorstel is overgenomen."))
    elif answer == "decline":
        actions.decline_proposal(opening=opening, proposal=asked, reply=request.POST.get("reply", ""), by=request.actor)
        messages.success(request, _("Het voorstel is niet overgenomen."))
    elif answer == "withdraw":
        actions.withdraw_proposal(opening=opening, proposal=asked, by=request.actor)
        messages.success(request, _("Het voorstel is ingetrokken."))
    else:
        raise Http404
    return redirect("dossier:contacts", key)


@login_required
@require_safe
def network_of(request: ActingRequest, pk: int) -> HttpResponse:
    """From a line on the work list or a notification to the network of the person it is about."""
    need_professional(request.actor)
    patient = Patient.objects.filter(pk=pk).first()
    if patient is None:
        raise Http404
    return redirect("dossier:contacts", patient.key)


def _seen(request: ActingRequest) -> int:
    """The version that was on the screen."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0


def _say(request: ActingRequest, made: object) -> None:
    if isinstance(made, Proposal):
        keeper = made.organisation.name if made.organisation else _("de inwoner")
        messages.success(request, _("Uw voorstel is gestuurd naar %(keeper)s.") % {"keeper": keeper})
    else:
        messages.success(request, _("De wijziging is bewaard."))


def _page(request: ActingRequest, opening: Opening, form: Any, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "form": form,
        "person": person_of(opening, request.actor),
        "patient": opening.patient,
        "functions": FUNCTIONS,
    }
    return render(request, "dossier/network_entry.html", context, status=status)
