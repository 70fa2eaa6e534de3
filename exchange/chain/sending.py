"""Brings a message to the hub over mutual TLS, looks for answers that stay away, and forgets files that nobody needs any more."""

from __future__ import annotations

import ssl
from functools import cache

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from events.actions import Errand, Later, ask, record
from events.actor import Actor
from events.clock import due_after
from events.models import Event
from exchange.chain.access import connected
from exchange.chain.models import ChainMessage
from exchange.chain.receiving import body_of
from exchange.cloud import NotTaken

ANSWER_DAYS = 3
"""OP090: working days within which the receiver returns its answer; the sender must notice when it stays away."""
SECONDS = 10.0


def send(*, event: Event, by: Actor) -> Errand | None:
    """Bring a message to the hub, outside any transaction, when whom it is for is connected; else the file waits to be fetched."""
    row = ChainMessage.objects.filter(pk=event.subject_id).first()
    body = body_of(row) if row is not None else None
    if row is None or body is None or not settings.CHAIN_URL or not connected(row.receiver_id):
        return None
    number, content = row.pk, body

    def go() -> Later | None:
        try:
            post(content)
        except NotTaken as missed:
            return Later(str(missed), whole=missed.whole)
        return None

    def back(_gone: None, worker: Actor) -> None:
        delivered(ChainMessage.objects.select_for_update().get(pk=number), by=worker)

    return Errand(go, back)


def delivered(row: ChainMessage, *, by: Actor) -> None:
    """Whom it is for has the file; its answer is awaited from now on."""
    row.delivered_at = timezone.now()
    if row.status == ChainMessage.Status.SENT:
        row.due = due_after(row.delivered_at, ANSWER_DAYS)
    row.save(update_fields=["delivered_at", "due"])
    record("chain.delivered", subject=row, patient_id=row.patient_id, by=by)


def post(body: bytes) -> None:
    """Hand a file to the hub; raises :class:`NotTaken` for anything but a 2xx answer in time. Redirects are not followed."""
    try:
        context = _context(settings.CHAIN_CERT, settings.CHAIN_KEY, settings.CHAIN_CA)
        with (
            httpx.Client(verify=context, follow_redirects=False, trust_env=False, timeout=SECONDS) as client,
            client.stream(
                "POST", settings.CHAIN_URL, content=body, headers={"Content-Type": "application/xml; charset=utf-8"}
            ) as answer,
        ):
            if not 200 <= answer.status_code < 300:
                raise NotTaken(f"http-{answer.status_code}", whole=answer.status_code >= 500)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotTaken(type(error).__name__) from None
    except (OSError, ValueError):
        raise NotTaken("certificate") from None


@cache
def _context(certificate: str, key: str, authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def tell_missing(*, by: Actor, most: int = 500) -> int:
    """Ask of who sent a message that nobody answered in time to find out; each is asked once. Returns how many."""
    late = ChainMessage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("receiver")
    told = 0
    with transaction.atomic():
        for row in late.filter(status=ChainMessage.Status.SENT, due__lte=timezone.now()).order_by("due")[:most]:
            ask(
                "chain", subject=row, organisation_id=row.sender_id, patient_id=row.patient_id,
                title=gettext_noop("Retour op bericht blijft uit"), sender=str(row.receiver), by=by,
            )  # fmt: skip
            record("chain.unanswered", subject=row, patient_id=row.patient_id, by=by)
            row.due = None
            row.save(update_fields=["due"])
            told += 1
    return told


def forget_files(*, by: Actor) -> int:
    """Forget files whose time is over; that there was a message stays. Returns how many."""
    over = ChainMessage.objects.filter(kept_until__lt=timezone.now())
    return over.update(sealed=None, key_id="", kept_until=None)
