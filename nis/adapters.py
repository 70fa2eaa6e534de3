"""What the word of an identity provider is worth here: allauth's adapters, which let in, refuse, and forget what is not needed."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any

import jwt
import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode

from events.actions import record
from events.actor import Actor, act
from nis.middleware import place_of
from people.access import memberships_for
from people.actions import link_citizen
from people.models import User
from portal.actions import admit_carer
from trust.access import digest_of

PROFESSIONAL, CITIZEN = "zorg", "digid"

_SAML = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_EIDAS = "http://eidas.europa.eu/LoA/"
LEVELS = {
    f"{_SAML}PasswordProtectedTransport": 10,
    f"{_SAML}MobileTwoFactorContract": 20,
    f"{_SAML}Smartcard": 25,
    f"{_SAML}SmartcardPKI": 30,
    f"{_EIDAS}low": 20,
    f"{_EIDAS}substantial": 25,
    f"{_EIDAS}high": 30,
}
"""How sure a means is (DigiD 10 basis, 20 midden, 25 substantieel, 30 hoog) by the value of ``acr``; others count as 0."""

TWO_FACTORS = frozenset({"mfa", "otp"})
"""Values of ``amr`` (RFC 8176) by which a provider says that it asked a second factor."""

ALGORITHMS = ["ES256", "ES384", "RS256", "RS384", "PS256", "PS384"]


class OpenIDConnect(OpenIDConnectOAuth2Adapter):
    """OpenID Connect Core 1.0, 3.1.3.7, whole: signature, issuer, audience and times are always checked.

    Of what the provider tells only the number of the person and how it was established stay (``sub``, ``acr``, ``amr``).
    A BSN is fetched for a citizen and hangs on the login in hand; it is never serialised, stored or logged.
    """

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        """Turn the provider's answer into a login; any doubt raises OAuth2Error."""
        claims = self._checked(app, str(kwargs["response"].get("id_token", "")))
        bsn = ""
        if self.provider_id == CITIZEN:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo is about another person")
            bsn = str(told.get(app.settings["bsn_claim"], ""))
        kept = {name: claims[name] for name in ("sub", "acr", "amr") if name in claims}
        if bsn and bsn in kept["sub"]:
            kept["sub"] = salted_hmac("nis.citizen", kept["sub"], algorithm="sha256").hexdigest()
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, {"id_token": kept})
        login.nonce, login.bsn = str(claims["nonce"]), bsn
        return login

    def _checked(self, app: Any, signed: str) -> dict[str, Any]:
        with DefaultSocialAccountAdapter(self.request).get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            keys = jwt.PyJWKSet.from_dict(answer.json())
            key = keys[jwt.get_unverified_header(signed)["kid"]]
            claims: dict[str, Any] = jwt.decode(
                signed, key, algorithms=ALGORITHMS, audience=app.client_id, issuer=app.settings["server_url"], leeway=30,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("the id token does not hold") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the id token is for another party")
        return claims


def level(login: SocialLogin) -> int:
    """How sure the provider is of who this is, as DigiD counts."""
    return LEVELS.get(str(login.account.extra_data["id_token"].get("acr", "")), 0)


def provider_asked_two_factors(login: SocialLogin) -> bool:
    """Whether the provider itself asked a second factor, so that the product need not."""
    told = login.account.extra_data["id_token"]
    if login.account.provider == CITIZEN:
        return level(login) >= settings.DIGID_LEAST
    amr = told.get("amr")
    return bool(TWO_FACTORS & set(amr if isinstance(amr, list) else [])) or told.get("acr") in settings.ZORG_STRONG_ACR


def visitor(request: HttpRequest) -> Actor:
    """Who acts while nobody is signed in yet."""
    return Actor(request_id=request.number, place=place_of(request))  # type: ignore[attr-defined]


def note_refusal(request: HttpRequest, reason: str, *, means: str, user: User | None = None) -> None:
    """Write that somebody was not let in; the line holds no name, and account 0 where the account is not known."""
    with act(visitor(request)) as actor:
        record("session.refused", subject=user or User(pk=0), data={"means": means, "reason": reason}, by=actor)


def refuse(
    request: HttpRequest, reason: str, *, means: str, user: User | None = None, status: int = 403
) -> HttpResponse:
    """Write that somebody was not let in, and say why in words."""
    note_refusal(request, reason, means=means, user=user)
    return render(request, "signin/refused.html", {"reason": reason}, status=status)


class SocialAdapter(DefaultSocialAccountAdapter):
    """Lets in who is known here; nothing of the provider's answer is stored beside the account."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account that the provider's answer belongs to, or refuse."""
        means = sociallogin.account.provider
        asked = str(sociallogin.state.get("nonce", ""))
        if not asked or not secrets.compare_digest(asked, sociallogin.nonce):
            raise ImmediateHttpResponse(refuse(request, "provider", means=means))
        find = self._citizen if means == CITIZEN else self._professional
        user, reason = find(request, sociallogin)
        if user is not None and not user.is_active:
            reason = "inactive"
        if reason:
            raise ImmediateHttpResponse(refuse(request, reason, means=means, user=user))
        sociallogin.user = user

    def _professional(self, request: HttpRequest, login: SocialLogin) -> tuple[User | None, str]:
        user = User.objects.filter(username=f"{PROFESSIONAL}:{login.account.uid}").first()
        return user, "" if user else "unknown"

    def _citizen(self, request: HttpRequest, login: SocialLogin) -> tuple[User | None, str]:
        if level(login) < settings.DIGID_LEAST:
            return None, "level"
        with act(visitor(request)) as actor:
            user, outcome = link_citizen(
                bsn=login.bsn,
                username=f"{CITIZEN}:{login.account.uid}",
                by=actor,
            )
            if outcome == "unknown":
                code = digest_of(str(request.session.get("mandate_code", "")))
                user, outcome = admit_carer(username=f"{CITIZEN}:{login.account.uid}", digest=code, by=actor)
        return user, {"known": "", "made": "", "unknown": "citizen_unknown"}.get(outcome, outcome)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody makes an account by signing in."""
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Say that signing in failed; the details of a protocol are of no use to the person."""
        reason = "cancelled" if error == AuthError.CANCELLED else "provider"
        if isinstance(exception, requests.RequestException):
            reason = "no_answer"
        status = {"cancelled": 200, "no_answer": 503}.get(reason, 403)
        raise ImmediateHttpResponse(refuse(request, reason, means=provider.sub_id, status=status))

    def get_requests_session(self) -> requests.Session:
        """Connections to the provider; a proxy of the environment is for the outside world, not for the demonstration."""
        session = super().get_requests_session()
        session.trust_env = settings.PRODUCTION
        return session


class SecondFactor(AuthenticateStage):
    """The product's own second factor, asked when the provider did not ask one; nobody is signed in until it is given."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Let through who already gave two factors; stop the rest at the page that asks the code."""
        login = (self.login.signal_kwargs or {}).get("sociallogin")
        if login is not None and provider_asked_two_factors(login):
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """What signing in leaves in the session: as what, how surely, and for a professional with one membership that one."""

    def get_login_stages(self) -> list[str]:
        """The one stage between the provider and being signed in."""
        return ["nis.adapters.SecondFactor"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account here: organisations and the record do."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The pages themselves say what happened."""

    def post_login(
        self, request: HttpRequest, user: Any, *, signal_kwargs: Any = None, redirect_url: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Set up the session and go on: to the page asked for, or first to a second factor or the choice of a membership."""
        login: SocialLogin = (signal_kwargs or {})["sociallogin"]
        citizen = login.account.provider == CITIZEN
        own_factor = any(made["method"] == "mfa" for made in get_authentication_records(request, user))
        session = request.session
        session["kind"] = "citizen" if citizen else "professional"
        session["means"] = login.account.provider
        session["second_factor"] = own_factor or provider_asked_two_factors(login)
        session["since"] = int(time.time())
        UserSession.objects.create_from_request(request)
        by = Actor(
            session["kind"], user.pk, request_id=request.number,  # type: ignore[attr-defined]
            purpose="PATRQT" if citizen else "", role="citizen" if citizen else "", place=place_of(request),
        )  # fmt: skip
        with act(by):
            record("session.started", subject=user, data={"means": session["means"]}, by=by)
        goal = redirect_url or settings.LOGIN_REDIRECT_URL
        if citizen:
            return HttpResponseRedirect(goal)
        if not session["second_factor"]:
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        mine = memberships_for(user)
        if len(mine) == 1:
            session["membership"] = mine[0].pk
            return HttpResponseRedirect(goal)
        return HttpResponseRedirect(f"{reverse('people:switch')}?{urlencode({'next': goal})}")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of the product's own second factor unreadable in the database and its copies."""

    def _fernet(self) -> Fernet:
        digest = hashlib.sha256(b"nis.second_factor" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    def encrypt(self, text: str) -> str:
        """Encrypted with a key derived from the product's secret."""
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The other way round."""
        return self._fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """The name above the code in the authenticator app."""
        return str(settings.REGION_NAME)

    def build_totp_svg(self, url: str) -> str:
        """The QR code with its own white ground, so that a phone reads it in the dark theme too."""
        return super().build_totp_svg(url).replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """A second factor is not taken off by oneself."""
        return False
