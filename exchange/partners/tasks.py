"""What deliveries ask for participants' own software: begin to tell of a step, bring one system up to date."""

from __future__ import annotations

from functools import partial

from events.actions import Errand, Later
from events.actor import Actor
from events.models import Event
from exchange.partners import linking, secure, sending
from exchange.partners.models import FhirConnection, Way
from exchange.posting import posted
from exchange.pull import telling


def tell(event: Event, *, by: Actor) -> None:
    """Listener: begin to tell the systems of a step, and who works without software that it is asked."""
    sending.tell(event=event, by=by)
    linking.invite(event=event, by=by)


def send(event: Event, *, by: Actor) -> Errand | None:
    """Listener: bring one system up to date about a referral, in the way it works in."""
    here = FhirConnection.objects.select_related("organisation").filter(pk=event.subject_id, active=True).first()
    if here is None:
        return None
    return (telling if here.way == Way.PULL else sending).send(event=event, here=here, by=by)


def mail(event: Event, *, by: Actor) -> Later | None:
    """Listener: send the link to who answers by it."""
    return posted(partial(linking.send, pk=event.subject_id or 0, name=str(event.id), by=by))


def mail_letter(event: Event, *, by: Actor) -> Errand | None:
    """Listener: bring the letter to a secure mailbox."""
    return secure.send(event=event, by=by)
