"""The page with the texts to begin a question with: the own ones and those of the organisation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.request import ActingRequest
from referrals import access, actions
from referrals.forms import TemplateForm
from referrals.models import Template


@login_required
@require_http_methods(["GET", "POST"])
def templates(request: ActingRequest) -> HttpResponse:
    """All texts, and a new one."""
    return _page(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def template(request: ActingRequest, pk: int) -> HttpResponse:
    """One text, to change or to throw away."""
    return _page(request, access.get_template(request.actor, pk))


def _page(request: ActingRequest, kept: Template | None) -> HttpResponse:
    actor, kinds = request.actor, access.kinds_of_service()
    rows = [(one, kinds.get(one.kind, "")) for one in access.templates_for(actor)]
    if kept is not None and request.POST.get("do") == "drop":
        actions.drop_template(template=kept, by=actor)
        messages.success(request, _("Sjabloon “%(title)s” is weggegooid.") % {"title": kept.title})
        return redirect("referrals:templates")
    if request.method == "POST":
        form = TemplateForm(request.POST, kinds=kinds)
        if form.is_valid():
            made = actions.keep_template(**form.cleaned_data, template=kept, by=actor)
            messages.success(request, _("Sjabloon “%(title)s” is bewaard.") % {"title": made.title})
            return redirect("referrals:templates")
    else:
        initial = (
            {"title": kept.title, "text": kept.text, "kind": kept.kind, "shared": kept.user_id is None} if kept else {}
        )
        form = TemplateForm(kinds=kinds, initial=initial)
    return render(request, "referrals/templates.html", {"rows": rows, "form": form, "template": kept})
