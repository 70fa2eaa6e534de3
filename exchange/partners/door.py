"""The door for systems: what a request shows of who sent it, and how a refusal reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from dossier.sources.mishap import Mishap
from dossier.sources.wire import parse
from events.actions import record
from events.actor import act, system
from exchange import fhir
from exchange.partners import identity
from exchange.partners.identity import Machine, NotAdmitted
from exchange.partners.models import Scope
from exchange.partners.reading import Fault
from people.request import ActingRequest

MACHINERY = system("partners", purpose="TREAT")
LARGEST = 256 * 1024
"""Bytes of what a system brings at most; a referral is a page of text."""
LARGEST_FORM = 32 * 1024


class TooLarge(APIException):
    """More than a referral can be."""

    status_code = 413
    default_detail = "too large"


class FhirParser(BaseParser):
    """A FHIR resource as JSON, of bounded size and strictly read."""

    media_type = "application/fhir+json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The resource."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge
        try:
            return dict(parse(body))
        except Mishap as mishap:
            raise ParseError(mishap.reason) from None


def shown(request: HttpRequest) -> bool:
    """Whether a request comes with a token; without one it is a person's."""
    return request.headers.get("Authorization", "").partition(" ")[0].lower() in {"dpop", "bearer"}


def let_in(request: HttpRequest, scope: str) -> Machine:
    """The system that sent a request and may do this; raises :class:`NotAdmitted`, which the log tells of where it is known who it was."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    proof = request.headers.get("DPoP", "")
    refused: NotAdmitted | None = None
    machine: Machine | None = None
    with act(MACHINERY) as worker:
        try:
            if scheme.lower() != "dpop":
                raise NotAdmitted("invalid_token")
            machine = identity.admit(token, proof, method=str(request.method), path=request.path)
            if scope not in machine.scopes:
                raise NotAdmitted("insufficient_scope", 403, machine.connection)
        except NotAdmitted as error:
            refused = error
            if error.connection is not None:
                record("client.refused", subject=error.connection, data={"reason": error.code}, by=worker)
    if refused is not None or machine is None:
        raise refused or NotAdmitted("invalid_token")
    return machine


def refusal(refused: NotAdmitted) -> HttpResponse:
    """Why a system does not get in, in the words of OAuth, as a FHIR resource (RFC 9449 7.1)."""
    code = "forbidden" if refused.status == 403 else "login"
    response = JsonResponse(fhir.outcome(code, refused.code), status=refused.status)
    response["Content-Type"] = "application/fhir+json"
    response["WWW-Authenticate"] = f'DPoP error="{refused.code}", algs="{" ".join(identity.ALGORITHMS)}"'
    return response


def faults(found: list[Fault]) -> fhir.Resource:
    """Everything that is wrong with what was brought, each at its place."""
    issues = [
        {"severity": "error", "code": one.code, "diagnostics": one.words, "expression": [one.place]} for one in found
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


@csrf_exempt
@login_not_required
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Give a system a token that counts shortly and only with its own key; a refusal names the client where it is known."""
    length = request.headers.get("Content-Length", "")
    form = request.content_type == "application/x-www-form-urlencoded"
    if not form or not length.isdigit() or int(length[:12]) > LARGEST_FORM:
        return _no("invalid_request", 400)
    acting = cast(ActingRequest, request)
    with act(MACHINERY) as worker:
        try:
            machine, told = identity.grant(request.POST.dict(), request.headers.get("DPoP", ""))
        except NotAdmitted as refused:
            if refused.connection is not None:
                data = {"reason": refused.code, "place": acting.actor.place}
                record("client.refused", subject=refused.connection, data=data, by=worker)
            return _no(refused.code, refused.status)
        record("client.signed_in", subject=machine.connection, data={"place": acting.actor.place}, by=worker)
    response = JsonResponse(told)
    response["Cache-Control"] = "no-store"
    return response


def _no(code: str, status: int) -> HttpResponse:
    response = JsonResponse({"error": code}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """How a system signs in here (SMART App Launch 2.2, Backend Services)."""
    told = {
        "token_endpoint": identity.token_address(),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(identity.ALGORITHMS),
        "dpop_signing_alg_values_supported": list(identity.ALGORITHMS),
        "scopes_supported": list(Scope.values),
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }
    return HttpResponse(json.dumps(told), content_type="application/json")
