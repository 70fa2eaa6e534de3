"""How a system of a participant is told that something changed: a CloudEvent with a reference, and nothing of what is in it.

NL GOV profile for CloudEvents; structured mode over HTTP (CloudEvents 1.0 and its web hooks). Who wants to know more asks
for the reference, under its own right.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from dossier.sources.address import fault_of_address, leads_outside, may_reach
from dossier.sources.secret_files import SecretMissing, read_secret
from events.models import Event
from exchange.models import Subscription

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
SECONDS = 5.0
GONE = 410


ABOUT_ONE = frozenset({400, 409, 413, 415, 422})
"""Answers that refuse this one message; any other refusal says that the system itself does not do well."""


class NotTaken(Exception):
    """The system did not take it; the delivery is tried again. Holds a word for the reason, and whether it takes nothing at all."""

    def __init__(self, reason: str, *, whole: bool = True) -> None:
        super().__init__(reason)
        self.whole = whole


def cloud_event(event: Event, reference: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The event as it goes out: of what sort, when, and where to ask (``dataref``); no name, no BSN, no content.

    ``reference`` is a resource of this interface, ``CareTeam/<key>``. Telling twice has the same ``id``; ``sequence`` orders.
    ``data`` goes along: of a referral its number, its state and which step this is.
    """
    kind = reference.partition("/")[0].lower()
    # Who is asked after another hears the first step as any receiver does: nobody tells it of who was asked before.
    verb = "sent" if data and data["step"] == 1 else event.verb.rpartition(".")[2]
    along = {"datacontenttype": "application/json", "data": dict(data)} if data else {}
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": settings.ADDRESS,
        "type": f"nl.nis.{kind}.{verb.replace('_', '-')}",
        "subject": reference,
        "time": event.at.isoformat(timespec="milliseconds"),
        "dataref": f"{settings.ADDRESS}/fhir/{reference}",
        "sequence": f"{event.id:020d}",
        **along,
    }


def post(subscription: Subscription, message: dict[str, Any]) -> bool:
    """Hand a message to the system; tells whether it wants to hear more, and no when it says that it is gone (410).

    Raises :class:`NotTaken` for anything but a 2xx answer within five seconds; redirects are not followed.
    """
    if fault_of_address(subscription.endpoint):
        raise NotTaken("address")
    _need_reachable(subscription.endpoint)
    headers = {"Content-Type": MEDIA_TYPE}
    try:
        secret = read_secret(subscription.organisation_id, subscription.secret)
    except SecretMissing:
        raise NotTaken("secret") from None
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    status = _status_of(subscription.endpoint, orjson.dumps(message), headers)
    if status == GONE:
        return False
    if not 200 <= status < 300:
        raise NotTaken(f"http-{status}", whole=status not in ABOUT_ONE)
    return True


def _status_of(endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
    """What the system answers, by the head of its answer alone; the line is cut when the time is over, however slowly it drips."""
    made: list[socket.socket] = []
    timer = Timer(SECONDS, _cut, [made])
    timer.start()
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS, verify=_trusted()) as client,
            client.stream(
                "POST", endpoint, content=body, headers=dict(headers), extensions={"trace": _watch(made)}
            ) as answer,
        ):
            return answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotTaken(type(error).__name__) from None
    finally:
        timer.cancel()


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that vouch for systems, read once: that takes longer than telling them something."""
    return httpx.create_ssl_context(trust_env=False)


def _watch(made: list[socket.socket]) -> Callable[[str, Mapping[str, Any]], None]:
    """Keep hold of the connection; one that leads inside after all ends here, whatever its name became a moment ago."""

    def trace(name: str, told: Mapping[str, Any]) -> None:
        if name not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        made.append(told["return_value"].get_extra_info("socket"))
        if not leads_outside(made[-1]):
            told["return_value"].close()
            raise NotTaken("address")

    return trace


def _cut(made: list[socket.socket]) -> None:
    for each in made:
        with suppress(OSError, ValueError):
            each.shutdown(socket.SHUT_RDWR)


def _need_reachable(endpoint: str) -> None:
    """Raise ``NotTaken`` when the name leads into the closed surroundings of this machine."""
    parts = urlsplit(endpoint)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise NotTaken("name") from None
    if not all(may_reach(str(one[4][0])) for one in found):
        raise NotTaken("address")
