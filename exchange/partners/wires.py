"""The line to a participant's own system, on which the network shows who it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

from dossier.sources.address import fault_of_address
from dossier.sources.mishap import Mishap
from dossier.sources.results import OAuth, Outcome, SourceConfig
from dossier.sources.secret_files import SecretMissing, read
from dossier.sources.wire import Wire
from events.actions import Later
from exchange.cloud import ABOUT_ONE
from exchange.partners.models import FhirConnection, Way

SECONDS = 10.0
USUAL = "system/Task.cru system/ServiceRequest.c"


def wire_to(here: FhirConnection, *, scope: str = USUAL, base: str = "", seconds: float = SECONDS) -> Wire:
    """A line for a few calls; close it after. ``base`` is what a notification asked to show. Raises ``Mishap``."""
    oauth = None
    if here.token_url:
        if fault_of_address(here.token_url):
            raise Mishap(Outcome.FAULT, "bad-address")
        try:
            key = read(here.organisation_id, here.secret)
        except SecretMissing:
            raise Mishap(Outcome.FAULT, "secret-missing") from None
        more: Mapping[str, str] = {"authorization_base": base} if base else {}
        oauth = OAuth(here.token_url, here.own_client_id, private_key=key, scope=scope, more=more)
    version: Literal["R4", "STU3"] = "STU3" if here.way == Way.PULL else "R4"
    config = SourceConfig(here.endpoint, version, here.organisation.name, oauth=oauth)
    return Wire(config, time.monotonic() + seconds, f"partner-{here.pk}", None)


def later(mishap: Mishap) -> Later:
    """To be tried again: this one alone where it was refused for what it is, else all that waits for the system."""
    number = mishap.reason.removeprefix("status-")
    about_one = mishap.outcome == Outcome.REFUSED and number.isdecimal() and int(number) in {*ABOUT_ONE, 404, 412}
    return Later(mishap.reason, whole=not about_one)
