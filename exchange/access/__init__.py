"""Who hears of an event, what a person was told, and what of the network the open interface shows to whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from dossier.access.health import need_manager
from dossier.models import Source
from events.access import Found, Mark, Search, find_lines
from events.actor import Actor
from events.models import Event
from exchange.access.hearers import hearers_of
from exchange.models import FhirConnection, Notification, NotificationChoice, NotificationQuerySet, Subscription
from exchange.moves import USUAL, Kind, Rhythm
from people.access import need_professional
from people.models import Domain, Organisation, Patient, Role, User
from people.moves import Admission
from referrals import access as referrals
from referrals.actions import EVENTS, PLACED, TURNED, WITHDRAWN
from referrals.models import Referral
from referrals.moves import Status
from square.models import HealthcareService
from trust.access import get_acted_for, oversees

__all__ = [
    "STEPS",
    "Duties",
    "Parked",
    "choices_for",
    "citizen_mail_of",
    "duties_for",
    "get_log_line",
    "get_referral",
    "get_subscription",
    "hearers_of",
    "kinds_for",
    "label_of",
    "log_for",
    "need_bsn_right",
    "notifications_for",
    "owners_of",
    "reference_for",
    "referrals_for",
    "rhythms_of",
    "services",
    "step_of",
    "subscribers_of",
    "subscriptions_for",
]


def rhythms_of(kind: str, users: list[User]) -> dict[int, str]:
    """The chosen rhythm of each of these people for a kind of news; the usual one for whom chose nothing."""
    chosen = dict(NotificationChoice.objects.filter(kind=kind, user__in=users).values_list("user_id", "rhythm"))
    return {user.pk: chosen.get(user.pk, USUAL.get(kind, Rhythm.DIRECT)) for user in users}


def choices_for(actor: Actor) -> dict[str, str]:
    """The own rhythm for every kind of news."""
    need_professional(actor)
    chosen = dict(NotificationChoice.objects.filter(user_id=actor.user_id).values_list("kind", "rhythm"))
    return {kind: chosen.get(kind, USUAL.get(kind, Rhythm.DIRECT)) for kind in Kind.values}


def kinds_for(actor: Actor) -> list[Kind]:
    """The kinds of news that reach this role: threads with patients, emergencies to review, requests of persons to handle."""
    need_professional(actor)
    desk = {
        Role.PRIVACY_OFFICER: {Kind.EMERGENCY, Kind.REQUEST},
        Role.MANAGER: {Kind.REQUEST},
        Role.COORDINATOR: {Kind.STUCK},
    }
    threads = set(Kind) - {Kind.EMERGENCY, Kind.REQUEST, Kind.STUCK}
    reaches = desk.get(Role(actor.role), threads) if actor.role in Role.values else threads
    return [kind for kind in Kind if kind in reaches]


def notifications_for(actor: Actor) -> NotificationQuerySet:
    """Everything the person was told, newest first."""
    need_professional(actor)
    return Notification.objects.filter(user_id=actor.user_id).order_by("-made_at", "-pk")


def services() -> QuerySet[HealthcareService]:
    """The offer that everybody may know of."""
    return HealthcareService.objects.filter(active=True, organisation__admission=Admission.ADMITTED).select_related(
        "organisation"
    )


def referrals_for(actor: Actor) -> QuerySet[Referral]:
    """The referrals that the own organisation sent or received, with what a resource names."""
    return referrals.referrals_for(actor).select_related("service", "sending_organisation", "receiving_organisation")


def get_referral(actor: Actor, pk: int) -> Referral:
    """One referral to which the own organisation is a party; for a stranger it does not exist, and the try is logged."""
    referral = referrals_for(actor).filter(pk=pk).first()
    if referral is None:
        referrals.log_denied(pk)
        raise Http404
    return referral


def need_bsn_right(actor: Actor) -> None:
    """Let pass who may search by BSN: participants that may process it (Wabvpz art. 4, Wmo 2015 art. 5.2.9, Jeugdwet)."""
    if not Organisation.objects.filter(pk=actor.organisation_id, may_process_bsn=True).exists():
        raise PermissionDenied(_("Uw organisatie mag het BSN niet gebruiken."))


def subscriptions_for(actor: Actor) -> list[Subscription]:
    """The subscriptions of the organisation whose connections the actor manages, those that stopped last."""
    return list(Subscription.objects.filter(organisation=need_manager(actor)))


def get_subscription(actor: Actor, pk: int) -> Subscription:
    """One of those; of another organisation it does not exist."""
    return get_object_or_404(Subscription, organisation=need_manager(actor), pk=pk)


def subscribers_of(event: Event) -> list[int]:
    """The subscriptions that must hear of an event: of organisations that may see the network of the person now."""
    with connection.cursor() as cursor:
        cursor.execute("select array(select subscription from exchange_subscribers(%s, %s))", [event.id, event.at])
        found: list[int] = cursor.fetchone()[0]
    return found


def reference_for(subscription: Subscription, event: Event) -> str:
    """What the event is about as a resource of the interface; nothing when this subscriber may not see it any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select reference from exchange_subscribers(%s, %s) where subscription = %s",
            [event.id, event.at, subscription.pk],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


STEPS = ["referral.sent", TURNED, WITHDRAWN, PLACED, *EVENTS.values()]
"""The events by which the steps of a referral are counted for a party."""


def step_of(subscription: Subscription, event: Event) -> dict[str, str | int] | None:
    """What goes along about a step of a referral: its number, the state it came in, and which step it is for this party."""
    if event.subject_type != "referral":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, step from exchange_step(%s, %s, %s, %s)",
            [subscription.pk, event.id, event.at, STEPS],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    status = Status.REQUESTED.value if event.verb == "referral.sent" else event.data.get("status")
    return {"number": row[0], **({"status": status} if status else {}), "step": row[1]}


@dataclass(frozen=True)
class Duties:
    """What waits for one destination: how many messages, of which ``parked`` were given up for now, and how it does itself.

    ``label`` is what people call the destination; ``fault`` the word of what went wrong last.
    """

    name: str
    label: str
    waiting: int
    parked: int
    since: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None
    fault: str
    messages: list[Parked]


@dataclass(frozen=True)
class Parked:
    """One message that a destination did not take for a day, and how many wait ``behind`` it; not whom it is about."""

    pk: int
    kind: str
    since: datetime
    attempts: int
    fault: str
    behind: int


def duties_for(actor: Actor) -> list[Duties]:
    """Where messages wait, of the systems that the actor manages; for the region of all, and of the network's own."""
    need_manager(actor)
    with connection.cursor() as cursor:
        cursor.execute("select * from exchange_duties()")
        found = cursor.fetchall()
        made = []
        for name, label, waiting, parked, since, failing_since, rests_until, fault in found:
            messages = []
            if parked:
                cursor.execute("select * from exchange_parked(%s)", [name])
                messages = [Parked(*row) for row in cursor.fetchall()]
            made.append(
                Duties(
                    name, label or label_of(name), waiting, parked, since, failing_since, rests_until, fault, messages
                )
            )
    return made


def label_of(destination: str) -> str:
    """What people call a destination."""
    kind, _colon, number = destination.partition(":")
    own = {
        "": _("het netwerk zelf"),
        "mail": _("e-mail"),
        "secure-mail": _("beveiligde e-mail"),
        "national-consent": _("landelijke toestemmingsvoorziening"),
        "chain": _("knooppunt iWmo en iJw"),
    }
    if kind in own:
        return own[kind]
    if kind == "subscription":
        subscribed = Subscription.objects.filter(pk=number).first()
        return subscribed.endpoint if subscribed else _("een systeem van een deelnemer")
    if kind == "partner":
        partner = FhirConnection.objects.filter(pk=number).first()
        return partner.endpoint if partner else _("een systeem van een deelnemer")
    source = Source.objects.filter(pk=number).first()
    return source.name if source else _("een systeem van een deelnemer")


def owners_of(destination: str) -> list[int]:
    """The organisations that look after a destination: of its system, else the region for what the network itself uses."""
    kind, _colon, number = destination.partition(":")
    owned = {"subscription": Subscription, "source": Source, "partner": FhirConnection}.get(kind)
    if owned is not None and number.isdecimal():
        return list(owned._default_manager.filter(pk=number).values_list("organisation_id", flat=True))
    return list(Organisation.objects.filter(domain=Domain.REGION).values_list("pk", flat=True))


def citizen_mail_of(event: Event) -> tuple[int, str, str] | None:
    """The person whom an event is about, with e-mail address and language; nothing without an address or for own acts."""
    with connection.cursor() as cursor:
        cursor.execute("select patient, address, language from exchange_mail_of(%s, %s)", [event.id, event.at])
        found: tuple[int, str, str] | None = cursor.fetchone()
    return found


def log_for(
    actor: Actor, search: Search, *, patient: str = "", posted: bool = False, after: Mark | None = None, size: int = 20
) -> Found:
    """Lines of the log for the open interface: of the person for whom a citizen acts, or within a privacy officer's reach.

    A citizen names the record by its key, an officer the citizen by number, and that only by POST. Raises
    ``PermissionDenied`` for any other actor. Row-level security holds the same once more.
    """
    if actor.kind == "citizen":
        return find_lines(replace(search, patient_id=_acted_for(actor, patient).pk), after=after, size=size)
    place = _overseen(actor)
    if patient:
        number = patient.rpartition("|")[2].removeprefix("Patient/")
        if not (posted and number.isascii() and number.isdecimal() and len(number) < 16):
            raise PermissionDenied(_("Zoek op het nummer van een inwoner met POST: dat hoort niet in een adres."))
        search = replace(search, patient_id=int(number))
    return find_lines(replace(search, organisation_id=place), after=after, size=size)


def _acted_for(actor: Actor, reference: str) -> Patient:
    """The record that a citizen names by its key, the own one without; anything else does not exist."""
    try:
        key = uuid.UUID(reference.removeprefix("Patient/")) if reference else ""
    except ValueError:
        raise Http404 from None
    return get_acted_for(actor, key)


def get_log_line(actor: Actor, pk: int) -> Event:
    """One line of the log within reach; another one does not exist."""
    if actor.kind != "citizen":
        _overseen(actor)
    return get_object_or_404(Event.objects.all(), pk=pk)


def _overseen(actor: Actor) -> int | None:
    """The organisation whose lines a privacy officer sees; none when it is the whole network."""
    if actor.kind != "professional" or actor.role != Role.PRIVACY_OFFICER:
        raise PermissionDenied(_("Het logboek is voor de functionaris gegevensbescherming, en voor de inwoner zelf."))
    return None if oversees(actor) else actor.organisation_id
