"""How a notification becomes an e-mail: that there is news, about which number, and where to sign in; nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.models import Notification
from exchange.moves import CITIZEN_NEWS, Kind
from people.models import User


@dataclass(frozen=True)
class Line:
    """One sentence of news, with the address where it is found after signing in."""

    text: str
    url: str


def address_of(notification: Notification) -> str:
    """The path of what a notification is about."""
    if notification.kind == Kind.EMERGENCY:
        return reverse("oversight:emergency", args=[notification.subject_id])
    if notification.kind == Kind.REQUEST:
        return reverse("rights:request", args=[notification.subject_id])
    if notification.kind == Kind.NETWORK:
        return reverse("dossier:network_of", args=[notification.subject_id])
    if notification.kind == Kind.STUCK:
        return reverse("dashboards:stuck")
    return reverse(f"{notification.subject_type}s:thread", args=[notification.subject_id])


def words_of(notification: Notification) -> str:
    """The sentence of a notification in the language of the moment. It names no person, no service and no organisation."""
    if notification.kind == Kind.EMERGENCY:
        return _("Er is noodtoegang gebruikt (%(number)s). Beoordeel die.") % {"number": notification.number}
    if notification.kind == Kind.REQUEST:
        return _("Er is nieuws over een verzoek van een inwoner (%(number)s).") % {"number": notification.number}
    if notification.kind == Kind.NETWORK:
        return _("Er is iets veranderd in het zorgnetwerk van een inwoner (%(number)s).") % {
            "number": notification.number
        }
    if notification.kind == Kind.STUCK:
        return _("Een verwijzing loopt vast (%(number)s).") % {"number": notification.number}
    if notification.subject_type == "referral":
        return _("Er is nieuws over een verwijzing (%(number)s).") % {"number": notification.number}
    return _("Er is nieuws over een consult (%(number)s).") % {"number": notification.number}


def post(user: User, notifications: Sequence[Notification], *, name: str) -> None:
    """Hand one e-mail about these notifications to the mail server; what it raises makes the delivery try again.

    ``name`` makes the Message-ID, the same at every try, so that a mail system that got it twice can tell.
    """
    with translation.override(user.language):
        lines = [Line(words_of(one), settings.ADDRESS + address_of(one)) for one in notifications]
        one = len(lines) == 1
        subject = lines[0].text if one else _("Er zijn %(count)s berichten voor u.") % {"count": len(lines)}
        choices = settings.ADDRESS + reverse("exchange:notifications")
        _send(user.email, user.language, subject, lines, name=name, choices_url=choices)


def post_citizen(address: str, language: str, news: str, *, name: str) -> None:
    """Hand a citizen one e-mail that something changed, without saying what, who, or about which care; see :func:`post`."""
    with translation.override(language):
        text = str(CITIZEN_NEWS[news])
        line = Line(text, settings.ADDRESS + reverse("portal:changes"))
        _send(address, language, text, [line], name=name, choices_url="")


def _send(address: str, language: str, subject: str, lines: Sequence[Line], *, name: str, choices_url: str) -> None:
    context = {"lines": lines, "choices_url": choices_url, "region": settings.REGION_NAME}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("exchange/mail.txt", context),
        to=[address],
        headers={
            "Message-ID": f"<{name}@{urlsplit(settings.ADDRESS).hostname}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    mail.attach_alternative(render_to_string("exchange/mail.html", context | {"language": language}), "text/html")
    mail.send()
