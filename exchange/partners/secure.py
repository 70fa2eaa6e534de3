"""The letter by secure mail (NTA 7516), to who took a request on by a link: proven beforehand, by a relay of its own, or not at all.

Before acceptance nothing of it is mailed (ADR 0010). What goes is opened as the organisation that accepted, by the right of that
moment and with its line in the log. It never goes as ordinary mail: where it cannot go, the letter stays behind its code.
"""

from __future__ import annotations

import ssl
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dossier.access import person_of
from events.actions import Errand, Later, done, record
from events.actor import Actor, act
from events.models import Event
from exchange.partners import linking
from exchange.partners.domains import Unasked, takes_secure_mail
from exchange.partners.door import MACHINERY
from exchange.partners.models import AnswerLink, LetterWay, SecureMailbox
from referrals import access
from referrals.letter import content_of, pdf
from referrals.models import Referral
from referrals.moves import READABLE

SECONDS = 8
CONFIRMED = timedelta(days=365)
"""How long it counts that an organisation itself said so, where the DNS cannot be asked."""


class Relay(EmailBackend):
    """The server of a product for secure mail, entered with its own login: never without TLS and a certificate that holds."""

    def __init__(self) -> None:
        user, password = Path(settings.SECURE_MAIL_LOGIN).read_text(encoding="utf-8").split("\n")[:2]
        super().__init__(
            host=settings.SECURE_MAIL_HOST, port=settings.SECURE_MAIL_PORT, username=user.strip(), password=password.strip(),
            use_tls=True, use_ssl=False, timeout=SECONDS, fail_silently=False,
        )  # fmt: skip

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """Checks the name in the certificate, and who vouches for it."""
        return ssl.create_default_context(cafile=settings.SECURE_MAIL_CA or None)


def send(*, event: Event, by: Actor) -> Errand | None:
    """Begin to bring the letter of a link to its secure mailbox; nothing where the link counts no more."""
    link = AnswerLink.objects.select_related("organisation").filter(ended_at=None, pk=event.subject_id).first()
    if link is None:
        return None
    mailbox = SecureMailbox.objects.filter(organisation_id=link.organisation_id).first()
    number = str(event.id)

    def go() -> LetterWay | Later | None:
        try:
            if mailbox is None or not settings.SECURE_MAIL_HOST or not _proven(mailbox, timezone.localdate()):
                return LetterWay.UNPROVEN
            return _bring(link, mailbox.address, number)
        except Unasked:
            return Later("dns")

    def back(way: LetterWay | None, worker: Actor) -> None:
        _settle(link, way, worker)

    return Errand(go, back)


def _proven(mailbox: SecureMailbox, today: date) -> bool:
    """Whether its domain publishes it today; only without a resolver does the word of the organisation count, for a year."""
    if settings.SECURE_MAIL_DNS:
        return takes_secure_mail(mailbox.address.rpartition("@")[2], today)
    return today - CONFIRMED <= mailbox.confirmed_on <= today


def _bring(link: AnswerLink, address: str, number: str) -> LetterWay | Later | None:
    """Enter the relay first, and only then open the record: a relay that is down has nobody's letter made."""
    try:
        relay = Relay()
        relay.open()
    except (OSError, ValueError, SMTPException) as error:
        return Later(_fault(error), whole=True)
    try:
        letter = _letter(link, address, number)
        if letter is None:
            return None
        relay.send_messages([letter])
    except SMTPRecipientsRefused as refused:
        (code, _said) = next(iter(refused.recipients.values()))  # named as it went out, which is not how it is written
        return LetterWay.REFUSED if code >= 500 else Later(f"status-{code}")
    except SMTPSenderRefused as refused:
        return Later(f"status-{refused.smtp_code}", whole=True)
    except SMTPDataError as refused:
        return LetterWay.REFUSED if refused.smtp_code >= 500 else Later(f"status-{refused.smtp_code}")
    except OSError as error:
        return Later(_fault(error), whole=True)
    finally:
        relay.close()
    return LetterWay.SECURE


def _fault(error: Exception) -> str:
    """What is wrong with the relay, in a word of the product."""
    if isinstance(error, SMTPNotSupportedError):
        return "no-tls"
    if isinstance(error, SMTPAuthenticationError):
        return "status-401"
    if isinstance(error, ssl.SSLError):
        return "certificate"
    if isinstance(error, FileNotFoundError | PermissionError | ValueError):
        return "secret-missing"
    return type(error).__name__


def _letter(link: AnswerLink, address: str, number: str) -> EmailMessage | None:
    """The mail with the letter as PDF/A, made as the organisation that accepted; nothing once its access is over."""
    with act(MACHINERY):
        link.refresh_from_db(fields=["ended_at", "made_at"])  # the relay was entered meanwhile
    if link.ended_at:
        return None
    actor = linking.actor_of(link, request_id=f"letter-{number}", place="")
    with act(actor), translation.override(settings.LANGUAGE_CODE):
        referral = linking.referral_of(link, actor)
        opening = access.open_referral(actor, referral) if referral and referral.status in READABLE else None
        if referral is None or opening is None:
            return None
        letter = pdf(referral, {**content_of(referral, opening), "person": person_of(opening, actor)})
        secret = linking.secret_of(link.referral_id, link.round, link.made_at)
        context = {"url": settings.ADDRESS + reverse("exchange:answer", args=[secret]), "region": settings.REGION_NAME}
        mail = EmailMessage(
            subject=_("Brief bij een verwijzing die u aannam"),
            body=render_to_string("exchange/letter_mail.txt", context),
            from_email=settings.SECURE_MAIL_FROM,
            to=[address],
            headers={
                "Message-ID": f"<letter.{number}@{urlsplit(settings.ADDRESS).hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach(f"{referral.number}.pdf", letter, "application/pdf")
    return mail


def _settle(link: AnswerLink, way: LetterWay | None, by: Actor) -> None:
    """Keep how it went; where it did not go, the sender is asked to tell the code."""
    locked = AnswerLink.objects.select_for_update().get(pk=link.pk)
    if way == LetterWay.SECURE:
        locked.lettered_at = timezone.now()
    locked.letter_way = way or (LetterWay.SECURE if locked.lettered_at else "")
    locked.save(update_fields=["letter_way", "lettered_at"])
    referral = Referral.objects.select_related("service").get(pk=link.referral_id)
    if way == LetterWay.SECURE:
        record("link.letter_mailed", subject=link, patient_id=referral.patient_id, by=by)
        done(subject=referral, kind="link", by=by)
    elif way is not None:
        record("link.letter_barred", subject=link, patient_id=referral.patient_id, data={"why": way.value}, by=by)
        linking.ask_to_tell(referral, link, by=by)
