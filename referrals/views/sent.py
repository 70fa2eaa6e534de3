"""What is sent after a referral, and the documents that went along with it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dossier.access import content_of, headers_of, person_of, when, withheld_sentences
from dossier.actions import note_read
from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import SupplementForm
from referrals.views.filling import of_change
from referrals.views.thread import closed_words


@login_required
@require_http_methods(["GET", "POST"])
def supplement(request: ActingRequest, pk: int) -> HttpResponse:
    """Add to a referral that was sent. Nothing is ticked beforehand; what may not go to this receiver is said."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    patient = access.need_supplement(referral, actor)
    opening = access.open_for_referral(actor, patient.key)
    groups = access.selection_for(actor, opening, referral.service)
    is_letter = referral.letter_due is not None
    filling, differs = of_change(actor, opening, referral, request.POST)
    if request.htmx and request.POST.get("do") == "form":
        return render(request, "referrals/_form.html", {"filling": filling, "url": request.path})
    if request.method == "POST":
        form = SupplementForm(request.POST, is_letter=is_letter, with_form=differs, groups=groups)
        if all([form.is_valid(), filling.sound()]):
            answers = filling.answers if differs or is_letter else None
            actions.supplement(opening=opening, referral=referral, answers=answers, by=actor, **form.cleaned_data)
            messages.success(request, _("Uw aanvulling bij %(number)s is verstuurd.") % {"number": referral.number})
            return redirect("referrals:thread", pk)
    else:
        form = SupplementForm(initial={"token": uuid.uuid4()}, is_letter=is_letter, groups=groups)
    ticked = set(request.POST.getlist("items"))
    context = {
        "referral": referral,
        "form": form,
        "filling": filling,
        "url": request.path,
        "faults": [one for one in (form, filling.form) if one is not None and one.is_bound],
        "is_letter": is_letter,
        "groups": [
            {"group": group, "rows": [(item, when(item.on_date), item.ref in ticked) for item in group.items]}
            for group in groups
        ],
        "withheld": withheld_sentences(opening, actor.organisation_id),
        "person": person_of(opening, actor),
    }
    return render(request, "referrals/supplement.html", context)


@login_required
@require_safe
def document(request: ActingRequest, pk: int, item: int, how: str) -> HttpResponseBase:
    """A document that went along, in the version that was sent, for who may open the letter. Each reading is a line in the log."""
    actor = request.actor
    referral = access.get_referral(actor, pk)
    opening = access.open_referral(actor, referral)
    if opening is None:
        raise PermissionDenied(closed_words(referral, actor))
    found = access.get_sent_document(opening, referral, item)
    shown = how == "shown"
    headers = headers_of(found, shown=shown)
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    content = content_of(found)
    note_read(opening=opening, document=found, shown=shown, by=actor)
    return StreamingHttpResponse(content.steps(), headers=headers)
