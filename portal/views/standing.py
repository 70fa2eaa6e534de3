"""The threshold of every page about a record: in whose record the citizen stands is judged again at each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from people.request import ActingRequest
from portal import access

P = ParamSpec("P")


def in_record(
    view: Callable[Concatenate[ActingRequest, access.Standing, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the page the record in which the citizen stands; who has none finds no page, and on the first page for whom to act.

    When a mandate ended meanwhile, the citizen is back in the own record, and is told so.
    """

    @login_required
    @wraps(view)
    def page(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        standing = access.standing(request.actor, request.acted_for)
        if standing is None and request.acted_for:
            del request.session["acted_for"]
            messages.warning(request, _("U handelt niet meer voor deze persoon. De machtiging is gestopt."))
            away = reverse("portal:acting")
            return HttpResponseClientRedirect(away) if request.htmx else redirect(away)
        if standing is None and request.actor.kind == "citizen" and request.path == reverse("portal:home"):
            return redirect("portal:acting")
        if standing is None:
            raise Http404
        return view(request, standing, *args, **kwargs)

    return page
