"""Participants without software: a link by mail, by which one request is answered, and the letter behind a code or by secure mail.

The mail holds the link and nothing else. Opening the link changes nothing, since mail scanners open every link; each answer is a
button. What it secures: who answers had the mail. The letter asks for a code as well, which the sender tells by telephone: so who
reads it also picked up the telephone of that organisation. That is not what NTA 7516 asks of secure mail, and is not called so.
Who has a mailbox of secure mail gets the letter there (:mod:`exchange.partners.secure`).
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.actions import ask, done, record
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from exchange.partners.door import MACHINERY
from exchange.partners.models import AnswerLink, FhirConnection, LetterWay, SecureMailbox
from people.models import ROLES_OF, Organisation
from referrals import actions as referrals
from referrals.access import answers_by_link
from referrals.models import Referral
from referrals.moves import READABLE, Status

DAYS = timedelta(days=14)
MOST_TRIES = 5
"""Wrong codes after which the letter stays shut until the sender sends a new link."""


def secret_of(referral_id: int, position: int, made_at: datetime) -> str:
    """The secret in the address: worked out, so that a mail that is sent twice has the same link and no copy of it is kept."""
    told = salted_hmac("nis.partners.link", f"{referral_id}.{position}.{made_at.isoformat()}", algorithm="sha256")
    return urlsafe_b64encode(told.digest()).rstrip(b"=").decode()


def code_of(link: AnswerLink) -> str:
    """The six digits that the sender tells by telephone."""
    told = salted_hmac("nis.partners.code", f"{link.pk}.{link.digest}", algorithm="sha256").hexdigest()
    return f"{int(told, 16) % 1_000_000:06d}"


def digest_of(secret: str) -> str:
    """By which a link is found."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def invite(*, event: Event, by: Actor) -> bool:
    """Begin to mail who is asked and works without software; again after an answer or when it is late, with the same link.

    What is added after acceptance goes to its secure mailbox, where it has one.
    """
    if event.verb == "referral.supplemented":
        return _again(event)
    asked = {"referral.sent", "referral.turned", "referral.answered", "referral.reminded"}
    if event.verb not in asked or event.subject_type != "referral":
        return False
    referral = Referral.objects.select_related("receiving_organisation").filter(pk=event.subject_id).first()
    if referral is None or referral.status != Status.REQUESTED or not _reachable(referral.receiving_organisation):
        return False
    link = AnswerLink.objects.filter(referral=referral, round=referral.round).first() or _make(referral)
    if link.ended_at is not None:
        return False
    _due(link, by)
    return True


def _again(event: Event) -> bool:
    """Begin to mail the letter anew, with what was added to it; only where it went by secure mail before."""
    links = AnswerLink.objects.filter(referral_id=event.subject_id, ended_at=None).exclude(lettered_at=None)
    for link in links.filter(referral__status__in=READABLE).select_related("referral"):
        if link.round == link.referral.round and answers_by_link(link.organisation_id):
            return by_secure_mail(link)
    return False


def _reachable(place: Organisation) -> bool:
    if not place.email or place.domain not in ROLES_OF or not answers_by_link(place.pk):
        return False
    return not FhirConnection.objects.filter(organisation=place, active=True).exclude(endpoint="").exists()


def _make(referral: Referral) -> AnswerLink:
    now = timezone.now()
    digest = digest_of(secret_of(referral.pk, referral.round, now))
    return AnswerLink.objects.create(
        referral=referral, round=referral.round, organisation_id=referral.receiving_organisation_id, digest=digest,
        made_at=now, until=now + DAYS,
    )  # fmt: skip


def _due(link: AnswerLink, by: Actor) -> None:
    link.until = timezone.now() + DAYS
    link.save(update_fields=["until"])
    record("link.due", subject=link, by=by)


@transaction.atomic
def send(*, pk: int, name: str, by: Actor) -> None:
    """Mail the link, while it counts: no name, no service, no number, only where to answer."""
    link = AnswerLink.objects.select_related("organisation").filter(pk=pk, ended_at=None).first()
    if link is None or not link.organisation.email:
        return
    secret = secret_of(link.referral_id, link.round, link.made_at)
    url = settings.ADDRESS + reverse("exchange:answer", args=[secret])
    with translation.override(settings.LANGUAGE_CODE):
        mail = EmailMessage(
            subject=_("Er is een vraag aan uw organisatie"),
            body=render_to_string("exchange/link_mail.txt", {"url": url, "region": settings.REGION_NAME}),
            to=[link.organisation.email],
            headers={
                "Message-ID": f"<link.{name}@{urlsplit(settings.ADDRESS).hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
    mail.send()
    link.sent_at = timezone.now()
    link.save(update_fields=["sent_at"])
    record("link.mailed", subject=link, by=by)


def link_of(secret: str) -> AnswerLink | None:
    """The link with this secret, whether it still counts or not."""
    with act(MACHINERY):
        return AnswerLink.objects.select_related("organisation").filter(digest=digest_of(secret)).first()


def actor_of(link: AnswerLink, *, request_id: str, place: str) -> Actor:
    """Who has the link acts for the organisation that it was mailed to; the log names the link."""
    role = ROLES_OF[link.organisation.domain][0]
    return Actor("professional", None, link.organisation_id, role, "TREAT", f"link:{link.pk}", request_id, place)


def referral_of(link: AnswerLink, actor: Actor) -> Referral | None:
    """The referral, while the link counts: not ended, not too old, and this organisation still the one that is asked."""
    if link.ended_at is not None or link.until < timezone.now() or not answers_by_link(link.organisation_id):
        return None
    parts = ("service", "sending_organisation", "receiving_organisation", "sender")
    rows = Referral.objects.select_related(*parts).filter(receiving_organisation_id=actor.organisation_id)
    return rows.filter(pk=link.referral_id, round=link.round).exclude(status=Status.CANCELLED).first()


@transaction.atomic
def answer(*, link: AnswerLink, referral: Referral, step: str, values: dict[str, str], by: Actor) -> Referral:
    """Take one step as the organisation; after accepting, the sender is asked to tell the code."""
    match step:
        case "accept":
            made = referrals.accept(referral=referral, by=by)
            with act(MACHINERY):
                AnswerLink.objects.filter(pk=link.pk).update(until=timezone.now() + DAYS)
            if not by_secure_mail(link):
                ask_to_tell(made, link, by=by)
            return made
        case "reject":
            return referrals.reject(referral=referral, reason=values["reason"], note=values["note"], by=by)
        case "ask":
            return referrals.ask_back(referral=referral, note=values["note"], by=by)
        case _:
            return referrals.complete(referral=referral, outcome=values["outcome"], note=values["note"], by=by)


def by_secure_mail(link: AnswerLink) -> bool:
    """Begin to mail the letter itself, where the organisation has a mailbox for that and there is a relay to it."""
    with act(MACHINERY) as worker:
        has_one = SecureMailbox.objects.filter(organisation_id=link.organisation_id).exists()
        if not has_one or not settings.SECURE_MAIL_HOST:
            return False
        link.letter_way = LetterWay.WAITING
        link.save(update_fields=["letter_way"])
        record("link.letter_due", subject=link, by=worker)
    return True


def ask_to_tell(referral: Referral, link: AnswerLink, *, by: Actor) -> None:
    """Ask who referred to tell the code; nobody did where the person came by oneself."""
    if referral.sending_organisation_id is None:
        return
    title = gettext_noop("Code doorgeven aan de ontvanger: %(service)s") % {"service": referral.service.name}
    ask(
        "link", subject=referral, organisation_id=referral.sending_organisation_id, patient_id=referral.patient_id,
        user_id=referral.sender_id, title=title,
        sender=link.organisation.name, by=by,
    )  # fmt: skip


def check_code(*, link: AnswerLink, code: str) -> bool:
    """Whether this is the code; a wrong one counts, and after ``MOST_TRIES`` none is right any more."""
    with act(MACHINERY):
        locked = AnswerLink.objects.select_for_update().get(pk=link.pk)
        if locked.tries >= MOST_TRIES:
            raise Refused(_("Te vaak een verkeerde code. Vraag de verwijzer om een nieuwe link."), field="code")
        if compare_digest(code.encode(), code_of(locked).encode()):
            return True
        locked.tries += 1
        locked.save(update_fields=["tries"])
    return False


def fetched(*, link: AnswerLink, referral: Referral, by: Actor) -> None:
    """The letter went out through the link; nothing waits for the sender any more."""
    with act(MACHINERY):
        AnswerLink.objects.filter(pk=link.pk, fetched_at=None).update(fetched_at=timezone.now())
    record("link.fetched", subject=link, patient_id=referral.patient_id, by=by)
    done(subject=referral, kind="link", by=by)


def shown_to(referral: Referral) -> AnswerLink | None:
    """The link of who is asked now, for the organisation that referred."""
    return AnswerLink.objects.filter(referral=referral, round=referral.round).select_related("organisation").first()


@transaction.atomic
def end(*, link: AnswerLink, by: Actor) -> None:
    """Have a link count no more; ending twice is harmless."""
    with act(MACHINERY):
        AnswerLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=timezone.now())
    record("link.ended", subject=link, by=by)


@transaction.atomic
def renew(*, link: AnswerLink, referral: Referral, by: Actor) -> None:
    """Mail a new link; the former counts no more, and wrong codes are forgotten with it."""
    if referral.status not in {Status.REQUESTED, *READABLE}:
        raise Refused(_("Er is nu niets te beantwoorden."))
    now = timezone.now()
    with act(MACHINERY) as worker:
        locked = AnswerLink.objects.select_for_update().get(pk=link.pk)
        locked.made_at, locked.ended_at, locked.tries = now, None, 0
        locked.digest = digest_of(secret_of(referral.pk, referral.round, now))
        locked.save(update_fields=["made_at", "ended_at", "tries", "digest"])
        _due(locked, worker)
        if referral.status != Status.REQUESTED:
            by_secure_mail(locked)
    record("link.renewed", subject=link, by=by)
