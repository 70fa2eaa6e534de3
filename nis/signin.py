"""Signing in and out, the second factor, choosing for whom one works, preferences; and the gate that keeps that order."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import flows
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from events.actions import record
from events.actor import act, own_transaction
from nis.adapters import CITIZEN, PROFESSIONAL, OpenIDConnect, note_refusal, refuse
from people.access import get_membership, memberships_for
from people.actions import prefer
from people.models import User
from people.request import ActingRequest
from portal.forms import MandateCodeForm

Handler = Callable[[ActingRequest], HttpResponse]
View = Callable[..., HttpResponse]

TOUCH_EVERY = 60
"""Seconds between two moments at which a session in use is renewed, so that not every click writes one."""


# -- the gate


def before_choice(view: View) -> View:
    """Mark a page that a professional may reach before choosing a membership."""
    view.before_choice = True  # type: ignore[attr-defined]
    return view


def before_second_factor(view: View) -> View:
    """Mark a page that a professional may reach before the second factor, and so before the choice as well."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return before_choice(view)


def gate(get_response: Handler) -> Handler:
    """Keep the order: two factors, then the membership, then everything else; and end a session that lasted too long.

    NEN 7510-2:2024 (8.5): a session without activity ends, and a long one ends too. Stands after ``acting``.
    """

    def handle(request: ActingRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        session, now = request.session, int(time.time())
        if now - session.setdefault("since", now) > settings.SESSION_LONGEST_HOURS * 3600:
            _end(request)
            return _go(request, reverse("account_login"))
        asked_by_itself = request.method == "GET" and bool(request.htmx)
        if now - session.setdefault("seen", now) > TOUCH_EVERY and not asked_by_itself:
            session["seen"] = now
        return get_response(request)

    def process_view(request: ActingRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or request.session.get("kind") == "citizen":
            return None
        if not request.session.get("second_factor"):
            return None if getattr(view, "before_second_factor", False) else _go(request, reverse("mfa_activate_totp"))
        if request.membership is None and not getattr(view, "before_choice", False):
            wanted = request.get_full_path() if request.method == "GET" else "/"
            return _go(request, f"{reverse('people:switch')}?{urlencode({'next': wanted})}")
        return None

    handle.process_view = process_view  # type: ignore[attr-defined]
    return handle


def _go(request: ActingRequest, address: str) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def _safe(request: ActingRequest, address: str | None) -> str:
    """An address of this product, or nothing: nobody is sent elsewhere by a link that begins here."""
    fits = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if address and fits else ""


# -- in and out


@login_not_required
@before_choice
@require_GET
def doors(request: ActingRequest) -> HttpResponse:
    """The two doors: for who works in care and welfare, and for citizens."""
    goal = _safe(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(goal or settings.LOGIN_REDIRECT_URL)
    present = {app.provider_id for app in get_adapter().list_apps(request)}
    shown = {"next": goal, "professional": PROFESSIONAL in present, "citizen": CITIZEN in present}
    return render(request, "signin/doors.html", {**shown, "idle_minutes": settings.IDLE_MINUTES})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def with_code(request: ActingRequest) -> HttpResponse:
    """Take the code of who is going to act for somebody, before signing in: a carer may be unknown to the network.

    Whether it holds is judged when DigiD has said who it is; until then it waits in this session, and tells nobody anything.
    """
    if request.user.is_authenticated:
        return redirect("portal:acting" if request.session.get("kind") == "citizen" else "account_login")
    limited = ratelimit.consume_or_429(request, action="mandate_code_typed")
    if limited:
        return limited
    form = MandateCodeForm(request.POST if request.method == "POST" else None)
    taken = form.is_valid()
    if taken:
        request.session["mandate_code"] = form.cleaned_data["code"]
    status = 422 if form.is_bound and not taken else 200
    return render(request, "signin/code.html", {"form": form, "taken": taken}, status=status)


@login_not_required
@before_second_factor
@own_transaction
@require_POST
def begin(request: ActingRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the identity provider, with a state, a nonce and a PKCE challenge that only this session knows."""
    limited = ratelimit.consume_or_429(request, action="login")
    if limited:
        return limited
    nonce = secrets.token_urlsafe(24)
    try:
        provider = get_adapter().get_provider(request, provider_id)
        return provider.redirect(
            request, AuthProcess.LOGIN, next_url=_safe(request, request.POST.get("next")), nonce=nonce,
            auth_params={**provider.get_auth_params(), "nonce": nonce},
        )  # fmt: skip
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except requests.RequestException:
        return refuse(request, "no_answer", means=provider_id, status=503)


@login_not_required
@before_second_factor
@own_transaction
@require_GET
def come_back(request: ActingRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer: a code, exchanged for who it is, once."""
    try:
        adapter = OpenIDConnect(request, provider_id)
        issuer = adapter.get_provider().app.settings["server_url"]
    except SocialApp.DoesNotExist:
        raise Http404 from None
    if request.GET.get("iss", issuer) != issuer:
        return refuse(request, "provider", means=provider_id)
    return OAuth2CallbackView.adapter_view(adapter)(request)


@before_second_factor
@own_transaction
@require_POST
def sign_out(request: ActingRequest) -> HttpResponse:
    """End the session here, and ask the identity provider to end its own where it offers that."""
    means = request.session.get("means", "")
    if request.user.is_authenticated:
        _end(request)
    home = request.build_absolute_uri(reverse("account_login"))
    try:
        adapter = OpenIDConnect(request, means)
        elsewhere = adapter.openid_config.get("end_session_endpoint")
        client = adapter.get_provider().app.client_id
    except (SocialApp.DoesNotExist, requests.RequestException, ValueError):
        return redirect(home)
    if not elsewhere:
        return redirect(home)
    return redirect(f"{elsewhere}?{urlencode({'client_id': client, 'post_logout_redirect_uri': home})}")


def _end(request: ActingRequest) -> None:
    with act(request.actor) as actor:
        record("session.ended", subject=request.user, by=actor)  # type: ignore[arg-type]
    logout(request)


# -- the second factor of the product itself


def _code_field(form: forms.Form) -> None:
    form.fields["code"].label = _("Code")
    form.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class CodeForm(AuthenticateForm):
    """A code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self)


class FirstCodeForm(ActivateTOTPForm):
    """The first code of the app, which proves that it holds the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self)


class GiveSecondFactor(AuthenticateView):
    """Asks the code of the product's own second factor; who gets here has not been signed in yet."""

    form_class = CodeForm
    template_name = "signin/second_factor.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again, and keep that a wrong code was given."""
        note_refusal(self.request, "code", means=PROFESSIONAL, user=self.stage.login.user)
        return super().form_invalid(form)


@method_decorator(login_required, name="dispatch")
class AddSecondFactor(ActivateTOTPView):
    """Sets up the product's own second factor: a secret for an authenticator app, proven by a first code."""

    form_class = FirstCodeForm
    template_name = "signin/second_factor_new.html"

    def dispatch(self, request: ActingRequest, *args: Any, **kwargs: Any) -> Any:
        """Only for a professional who has none; replacing one is for a manager to allow."""
        has_one = is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
        if request.session.get("kind") != "professional" or has_one:
            return redirect(settings.LOGIN_REDIRECT_URL)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep it, and show the recovery codes this one time."""
        request = self.request
        _made, recovery = flows.activate_totp(request, form)
        _renew(request)
        request.session["second_factor"] = True
        record("second_factor.added", subject=request.user, by=request.actor)
        codes = recovery.wrap().get_unused_codes() if recovery else []
        return render(request, "signin/recovery_codes.html", {"codes": codes})


give_second_factor = before_second_factor(GiveSecondFactor.as_view())
add_second_factor = before_second_factor(AddSecondFactor.as_view())


# -- for whom one works


@login_required
@before_choice
@require_http_methods(["GET", "POST"])
def switch(request: ActingRequest) -> HttpResponse:
    """Choose, or change, the organisation and role in which one acts from here on."""
    user: User = request.user  # type: ignore[assignment]
    if request.session.get("kind") == "citizen":
        raise Http404
    goal = _safe(request, request.POST.get("next") or request.GET.get("next")) or settings.LOGIN_REDIRECT_URL
    if request.method == "POST":
        number = request.POST.get("membership", "")
        chosen = get_membership(user, int(number) if number.isdecimal() and len(number) < 19 else 0)
        _renew(request)
        request.session["membership"] = chosen.pk
        record("membership.chosen", subject=chosen, by=request.actor)
        return redirect(goal)
    mine = memberships_for(user)
    return render(
        request, "signin/choose.html", {"memberships": mine, "current": request.session.get("membership"), "next": goal}
    )


def _renew(request: ActingRequest) -> None:
    """Give the session another key, because what it may do changes; the list of sessions keeps pointing at it."""
    former = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


# -- preferences and sessions


class PreferencesForm(forms.ModelForm):
    """How the pages look and which language they speak."""

    class Meta:
        model = User
        fields = ("theme", "density", "language")
        labels = {"theme": _("Kleuren"), "density": _("Regels in lijsten"), "language": _("Taal")}
        widgets = dict.fromkeys(fields, forms.RadioSelect)


@login_required
@before_choice
@require_http_methods(["GET", "POST"])
def preferences(request: ActingRequest) -> HttpResponse:
    """Show and keep the preferences; a form that sends one of them leaves the others as they are."""
    user: User = request.user  # type: ignore[assignment]
    now = {name: getattr(user, name) for name in PreferencesForm.Meta.fields}
    form = PreferencesForm(
        {**now, **{n: v for n, v in request.POST.items() if n in now}} if request.method == "POST" else None,
        initial=now,
    )
    if request.method == "POST" and form.is_valid():
        prefer(user=user, by=request.actor, **form.cleaned_data)
        return redirect(_safe(request, request.POST.get("next")) or reverse("preferences"))
    return render(request, "signin/preferences.html", {"form": form}, status=422 if form.is_bound else 200)


class Sessions(ListUserSessionsView):
    """Where this account is signed in now, and ending the others."""

    template_name = "signin/sessions.html"


sessions = before_choice(Sessions.as_view())
