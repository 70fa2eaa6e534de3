"""What the middleware adds to a request, so that a type checker knows it too."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from events.actor import Actor
from people.models import Membership


class ActingRequest(HttpRequest):
    """A request that passed the middleware: it has a number, somebody acts in it, and htmx is known.

    ``acted_for`` is the key of the record in which a citizen chose to act for another; empty in the own record. It says
    what was chosen, not that it may: ask ``trust.access.get_acted_for`` with it.

    Only a declaration for views and middleware; Django goes on making the requests.
    """

    number: str
    actor: Actor
    membership: Membership | None
    acted_for: str
    htmx: HtmxDetails
