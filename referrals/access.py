"""Who may see a referral and its content, who may take which step, and what may be chosen when one is made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Aggregate, Count, DurationField, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossier.access import Item, items_for
from events.actor import Actor
from people.access import need_professional
from people.models import Patient
from referrals.models import Letter, LetterItem, Referral, Step
from referrals.moves import DEFAULTS, MOVES, READABLE, Move, Party, Status
from square.access import Place, Waiting, Wanted, services_for, waiting_times
from square.models import HealthcareService
from trust.access import Opening, decide, open_record, sharing
from trust.categories import EVERYTHING, Category

BIGGEST = 2**63
"""No number of a row is larger; what is typed in an address may be."""

CONTENT = frozenset({Category.REFERRAL, Category.IDENTITY, Category.NETWORK, Category.WISHES, Category.ALERTS})
"""What a party opens to read a referral."""

MOST_OFFERS = 12
LEAST_MEASURED = 5
"""Fewer referrals than this say nothing about how long the wait really is."""


def need_organisation(actor: Actor) -> int:
    """The organisation for which the actor works; ``PermissionDenied`` for who works for none."""
    if actor.works_for is None:
        raise PermissionDenied(_("Verwijzingen zijn er voor professionals. Kies eerst voor welke organisatie u werkt."))
    return actor.works_for


def referrals_for(actor: Actor) -> QuerySet[Referral]:
    """The referrals that the actor's organisation sent or received; index only."""
    organisation = need_organisation(actor)
    return Referral.objects.filter(Q(sending_organisation_id=organisation) | Q(receiving_organisation_id=organisation))


def get_referral(actor: Actor, pk: int) -> Referral:
    """One referral in which the actor's organisation is a party; for anybody else it does not exist, and the try is logged."""
    need_professional(actor)
    parts = ("service", "sending_organisation", "receiving_organisation", "sender", "receiver")
    referral = referrals_for(actor).select_related(*parts).filter(pk=pk).first()
    if referral is None:
        log_denied(pk)
        raise Http404
    return referral


def log_denied(pk: int) -> None:
    """Write that somebody tried to open a referral that is not theirs (NEN 7513:2018, 7.2.5)."""
    if 0 < pk < BIGGEST:
        with connection.cursor() as cursor:
            cursor.execute("select referrals_log_denied(%s)", [pk])


def parties_of(referral: Referral, actor: Actor) -> frozenset[Party]:
    """The sides on which the actor stands; both when an organisation refers within its own walls."""
    sides: dict[Party, int] = {
        "sender": referral.sending_organisation_id,
        "receiver": referral.receiving_organisation_id,
    }
    return frozenset(side for side, organisation in sides.items() if organisation == actor.organisation_id)


def turn_of(referral: Referral) -> Party:
    """Whose turn it is now; a refusal is the sender's until it was seen."""
    if referral.status == Status.REJECTED and referral.settled_at:
        return "nobody"
    return next(move.turn for move in MOVES if move.target == referral.status)


def moves_for(referral: Referral, actor: Actor) -> list[Move]:
    """The steps that the actor may take now."""
    parties = parties_of(referral, actor)
    return [move for move in MOVES if referral.status in move.sources and move.by in parties]


def name_known(referral: Referral, actor: Actor) -> bool:
    """Whether this side may know who it is about: the sender does, the receiver from acceptance on."""
    return "sender" in parties_of(referral, actor) or referral.status in READABLE


def patients_of(referrals: Sequence[Referral], actor: Actor) -> dict[int, Patient]:
    """The patients whose name this side may know and still reaches, by number; one query."""
    return Patient.objects.in_bulk({referral.patient_id for referral in referrals if name_known(referral, actor)})


def open_referral(actor: Actor, referral: Referral) -> Opening | None:
    """Open name and letter; ``None`` before acceptance, after a refusal, once the access has ended, or without the right role."""
    patient = patients_of([referral], actor).get(referral.patient_id)
    if patient is None or Category.REFERRAL not in decide(actor, patient, CONTENT).allowed:
        return None
    return open_record(actor, patient.key, CONTENT)


def letter_of(opening: Opening, referral: Referral) -> Letter | None:
    """The question and the wish, as far as the opened record shows them."""
    return Letter.objects.filter(referral=referral, patient=opening.patient).first()


def items_of(opening: Opening, referral: Referral) -> list[LetterItem]:
    """What went along, in the order of categories."""
    return list(LetterItem.objects.filter(referral=referral, patient=opening.patient).order_by("kind", "title", "id"))


def steps_of(referral: Referral) -> list[Step]:
    """The steps so far, oldest first."""
    return list(referral.steps.select_related("organisation", "user"))


def next_to_accept(actor: Actor) -> Referral | None:
    """The received referral that waits longest for a first answer."""
    received = Referral.objects.received_by(need_organisation(actor))
    return received.filter(status=Status.REQUESTED).order_by("due", "id").first()


def open_for_referral(actor: Actor, key: object, categories: Iterable[Category] = EVERYTHING) -> Opening:
    """Open a record to refer from it, as far as the actor may see it.

    Who was only asked to think along, or may not see referrals, cannot send one: the access is not for that.
    """
    need_organisation(actor)
    opening = open_record(actor, str(key), {*categories, Category.REFERRAL})
    if Category.REFERRAL not in opening.allowed or opening.lent:
        raise PermissionDenied(_("Verwijzen kan alleen wie deze inwoner zelf zorg of ondersteuning geeft."))
    return opening


class Median(Aggregate):
    """The middle of all values (PostgreSQL ``percentile_cont``)."""

    template = "percentile_cont(0.5) within group (order by %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Realised:
    """How long the own organisation's referrals really waited for a start: the median in days over ``count`` referrals."""

    days: int
    count: int


@dataclass(frozen=True)
class Offer:
    """One service to choose from, with what is needed to weigh it; ``metres`` is unknown without a place or a point."""

    service: HealthcareService
    metres: float | None
    waiting: Waiting | None
    realised: Realised | None


def realised_waits(services: Sequence[HealthcareService]) -> dict[int, Realised]:
    """How long referrals of the last year that the actor may see waited from sending to start, per service.

    Who still waits counts with the time waited so far, so that a long queue is not hidden by the few who got through;
    refused and withdrawn ones say nothing. Under five referrals nothing is said.
    """
    rows = (
        Referral.objects.filter(
            service__in=[service.pk for service in services], sent_at__gte=timezone.now() - timedelta(days=365)
        )
        .exclude(status__in=[Status.REJECTED, Status.CANCELLED])
        .order_by()
        .values("service_id")
        .annotate(count=Count("id"), wait=Median(Coalesce("started_at", "closed_at", Now()) - F("sent_at")))
        .filter(count__gte=LEAST_MEASURED)
    )
    return {row["service_id"]: Realised(row["wait"].days, row["count"]) for row in rows}


def offers_for(patient: Patient, words: str, near: Place | None) -> list[Offer]:
    """The services that take referrals and fit the words and the patient's age and municipality, best match first."""
    wanted = Wanted(words=words, near=near, age=patient.age, municipality=patient.municipality)
    services = list(services_for(wanted).filter(takes_referrals=True)[:MOST_OFFERS])
    return _weighed(services)


def get_offer(patient: Patient, pk: object, near: Place | None = None) -> Offer | None:
    """One service that fits the patient and takes referrals; ``None`` for any other."""
    if not str(pk or "").isdecimal():
        return None
    fitting = services_for(Wanted(near=near, age=patient.age, municipality=patient.municipality)).filter(
        takes_referrals=True
    )
    return next(iter(_weighed(list(fitting.filter(pk=pk)))), None)


def _weighed(services: list[HealthcareService]) -> list[Offer]:
    waiting, realised = waiting_times(services), realised_waits(services)
    return [Offer(s, getattr(s, "metres", None), waiting.get(s.pk), realised.get(s.pk)) for s in services]


@dataclass(frozen=True)
class Group:
    """The things of one category that could go along; with ``reason`` they cannot, and it says why."""

    category: Category
    items: tuple[Item, ...]
    ticked: frozenset[str]
    reason: str = ""


def selection_for(actor: Actor, opening: Opening, service: HealthcareService) -> list[Group]:
    """What of the opened record can go along to a service, by category, the least ticked; what cannot go, with the reason.

    Minimal by default (AVG art. 5(1)(c), ``moves.DEFAULTS``). Names and ways to reach go along by themselves after acceptance.
    """
    may = sharing(actor, opening.patient, service.organisation)
    ticked = DEFAULTS.get(service.organisation.domain, frozenset())
    groups = []
    for category, found in groupby(items_for(opening), key=lambda item: item.kind):
        items = tuple(found)
        reason = ""
        if category in may.not_needed:
            reason = _("niet nodig voor %(domain)s") % {"domain": service.organisation.get_domain_display()}
        elif category in may.not_consented:
            reason = _("geen toestemming van de inwoner voor %(domain)s") % {
                "domain": service.organisation.get_domain_display()
            }
        refs = frozenset(item.ref for item in items if item.first) if category in ticked and not reason else frozenset()
        groups.append(Group(category, items, refs, reason))
    return groups


def ticked_as(groups: Iterable[Group], refs: Iterable[str]) -> list[Group]:
    """The same groups with other things ticked, as far as they can go along."""
    chosen = set(refs)
    return [
        group
        if group.reason
        else replace(group, ticked=frozenset(item.ref for item in group.items if item.ref in chosen))
        for group in groups
    ]


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def naming_fault(text: str, patient: Patient | None) -> str:
    """What is wrong with a text that is read before the name may be known: it holds a surname of the patient or a BSN.

    Nine digits count as a BSN, with or without spaces, dots or dashes. Empty when nothing is wrong.
    """
    if re.search(r"(?<!\d)\d(?:[ .-]?\d){8}(?!\d)", text):
        return _(
            "Hier staat een nummer van negen cijfers. Laat het BSN weg; de ontvanger krijgt het pas na acceptatie."
        )
    words = _plain(text)
    names = [_plain(name) for name in (patient.own_name, patient.partner_name) if name] if patient else []
    if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) for name in names):
        return _("Hier staat de achternaam van de inwoner. Laat de naam weg; de ontvanger ziet die pas na acceptatie.")
    return ""


def about(referral: Referral) -> str:
    """Who it is about as long as the name is not known: vrouw · 78 jaar · Huizen."""
    years = ngettext("%(n)s jaar", "%(n)s jaar", referral.age) % {"n": referral.age}
    return " · ".join(filter(None, [referral.get_gender_display(), years, referral.municipality]))


def running_of(patient_id: int, organisation_id: int) -> int:
    """How many of an organisation's referrals about a patient have not ended, for who decides on a request to that organisation."""
    with connection.cursor() as cursor:
        cursor.execute("select referrals_running(%s, %s)", [patient_id, organisation_id])
        count: int = cursor.fetchone()[0]
    return count
