"""What a system that is notified shows when it comes for the rest (TA Notified Pull, authorization base): one referral, for one system.

It is signed and names numbers alone, so that nothing of it is kept here. It counts as long as the request runs with that
organisation: an answer no, withdrawing, completing, passing on, or asking another ends it the same moment.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from django.core import signing

from exchange.partners.models import FhirConnection
from referrals.models import Referral
from referrals.moves import RUNNING

_SALT = "nis.partners.base"


@dataclass(frozen=True)
class Bound:
    """The one referral that a token is for, in the round in which that organisation was asked."""

    referral: int
    round: int


def base_of(referral: Referral) -> str:
    """The authorization base that goes with a notification."""
    told = signing.dumps([referral.pk, referral.round], salt=_SALT)
    return urlsafe_b64encode(told.encode()).decode()


def bound_by(connection: FhirConnection, base: str) -> Bound | None:
    """What a base that this system shows is for; nothing for a forged one, that of another system, and one that has ended."""
    try:
        number, position = signing.loads(urlsafe_b64decode(base.encode()).decode(), salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    asked = Referral.objects.filter(
        pk=number, round=position, receiving_organisation_id=connection.organisation_id, status__in=RUNNING
    )
    return Bound(number, position) if asked.exists() else None
