"""Which organisations without software have a mailbox of secure mail: kept by who manages the connections of the region."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.health import need_manager
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from exchange.partners.models import SecureMailbox
from people.models import ROLES_OF, Domain, Organisation
from people.moves import Admission


def need_region(actor: Actor) -> None:
    """``PermissionDenied`` for who does not manage the connections of the region."""
    if need_manager(actor).domain != Domain.REGION:
        raise PermissionDenied(_("Beveiligde mailboxen legt de beheerder van de regio vast."))


def mailboxes_for(actor: Actor) -> QuerySet[SecureMailbox]:
    """All of them, by organisation."""
    need_region(actor)
    return SecureMailbox.objects.select_related("organisation", "stated_by").order_by("organisation__name")


def places_for(actor: Actor) -> QuerySet[Organisation]:
    """The organisations that give care or support and of which none is kept yet."""
    need_region(actor)
    found = Organisation.objects.filter(domain__in=list(ROLES_OF), admission=Admission.ADMITTED).exclude(email="")
    return found.exclude(pk__in=SecureMailbox.objects.values("organisation_id")).order_by("name")


@transaction.atomic
def state(*, organisation: Organisation, address: str, confirmed_on: date, by: Actor) -> SecureMailbox:
    """Keep that an organisation has this mailbox, and on which day it said so; saying it again replaces it."""
    need_region(by)
    if confirmed_on > timezone.localdate():
        raise Refused(_("Deze dag komt nog."), field="confirmed_on")
    made, _new = SecureMailbox.objects.update_or_create(
        organisation=organisation,
        defaults={"address": address, "confirmed_on": confirmed_on, "stated_by_id": by.user_id, "stated_at": timezone.now()},
    )  # fmt: skip
    record("secure_mailbox.stated", subject=made, data={"organisation": organisation.pk}, by=by)
    return made


@transaction.atomic
def end(*, mailbox: SecureMailbox, by: Actor) -> None:
    """Have no letter go there any more."""
    need_region(by)
    record("secure_mailbox.ended", subject=mailbox, data={"organisation": mailbox.organisation_id}, by=by)
    mailbox.delete()
