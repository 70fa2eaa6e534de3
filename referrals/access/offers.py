"""What may be chosen for a patient when a referral is made: each offer with its conditions, as far as they are met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Aggregate, Count, DurationField, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossier.access import facts_for
from people.models import Patient
from referrals.models import Referral
from referrals.moves import BY_RESIDENCE, Status
from square import facets
from square.access import (
    Place,
    Waiting,
    Wanted,
    codes_in_use,
    first_sessions,
    languages_of,
    services_for,
    stopped_words,
    waiting_times,
)
from square.codes import found_under
from square.models import HealthcareService, Session
from trust.access import Opening


@dataclass(frozen=True)
class Someone:
    """Whose age and place count, with the municipality that is responsible by law (Wmo, Jeugdwet) where another than that place."""

    age: int
    municipality: str
    responsible: Mapping[str, str] = field(default_factory=dict)


Person = Patient | Referral | Someone
"""Whose age and place count: the patient's, or those that the index of a referral has for who may not know the name yet."""
MOST_OFFERS = 12
MOST_UNFIT = 12
MOST_COMPARED = 4
MOST_PROBLEMS = 6
LEAST_MEASURED = 5
"""Fewer referrals than this say nothing about how long the wait really is."""
SIFTED = ("domain", "law", "way", "room", "language")
BEFOREHAND = ("age", "place")
"""What is applied without being asked for: the age of the patient, and where the patient lives."""


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
class Condition:
    """One condition of an offer for this patient: met, not met, or ``None`` when a person must find out."""

    name: str
    text: str
    met: bool | None


@dataclass(frozen=True)
class Offer:
    """One service to choose from, with what is needed to weigh it; ``metres`` is unknown without a place or a point,
    ``free`` the places where the service says how many it has, ``meeting`` the first of a training for which one can enrol."""

    service: HealthcareService
    metres: float | None
    waiting: Waiting | None
    realised: Realised | None
    free: int | None = None
    conditions: tuple[Condition, ...] = ()
    meeting: Session | None = None

    @property
    def choosable(self) -> bool:
        """Whether no condition fails that the platform can judge; what a person must find out holds nobody back."""
        return all(condition.met is not False for condition in self.conditions)

    @property
    def languages(self) -> str:
        """The languages in words."""
        return languages_of(self.service)


@dataclass(frozen=True)
class Search:
    """What is looked for, and the sifts by name; ``beyond`` names what of the patient does not hold back (``BEFOREHAND``)."""

    words: str = ""
    near: Place | None = None
    code: str = ""
    sifts: tuple[tuple[str, str], ...] = ()
    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sift:
    """One value to sift by, with how many offers it leaves."""

    name: str
    value: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True)
class Found:
    """The best offers with how many there are, the sifts by kind, and the best of those that do not fit with how many."""

    offers: list[Offer]
    total: int
    sifts: dict[str, list[Sift]]
    unfit: list[Offer]
    unfit_total: int


def realised_waits(services: Sequence[HealthcareService]) -> dict[int, Realised]:
    """How long referrals of the last year that the actor may see waited from the moment this service was asked to start, per service.

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
        .annotate(
            count=Count("id"), wait=Median(Coalesce("started_at", "closed_at", Now()) - Coalesce("asked_at", "sent_at"))
        )
        .filter(count__gte=LEAST_MEASURED)
    )
    return {row["service_id"]: Realised(row["wait"].days, row["count"]) for row in rows}


def free_places(services: Sequence[HealthcareService]) -> dict[int, int]:
    """How many places are free at services that say how many they have, counted over who is being helped there now."""
    counted = {service.pk: service.places for service in services if service.places is not None}
    if not counted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("select service_id, taken from referrals_taken(%s)", [list(counted)])
        taken = dict(cursor.fetchall())
    return {pk: max(places - taken.get(pk, 0), 0) for pk, places in counted.items()}


def find_offers(patient: Person, search: Search) -> Found:
    """The services that take referrals and know the words and the problem, sifted; what does not fit the patient apart.

    Age and place of the patient are applied beforehand, unless ``search.beyond`` names them; what then shows without fitting
    can still not be chosen.
    """
    wanted = Wanted(words=search.words, near=search.near, code=search.code, everywhere=True)
    rows = list(_offered(wanted).values("pk", "municipalities", *facets.COLUMNS))
    said = dict(search.sifts)
    held = [name for name in BEFOREHAND if name not in search.beyond]
    fitting: list[Any] = []
    others: list[Any] = []
    for row in rows:
        (fitting if all(_met(row, name, patient) is not False for name in held) else others).append(row)
    sifts = {
        name: [Sift(name, v, str(label), n, said.get(name) == v) for v, label, n in facets.counted(fitting, said, name)]
        for name in SIFTED
    }
    shown = [row["pk"] for row in fitting if facets.passes(row, said, names=SIFTED)]
    full = {row["pk"] for row in fitting if said.get("room") and facets.passes(row, said, "room", SIFTED)} - set(shown)
    unfit = {row["pk"] for row in others if facets.passes(row, said, "room", SIFTED)} | full
    below = [row["pk"] for row in rows if row["pk"] in unfit]
    offers = weighed(patient, [*shown[:MOST_OFFERS], *below[:MOST_UNFIT]], search.near)
    best = len(shown[:MOST_OFFERS])
    return Found(offers[:best], len(shown), sifts, offers[best:], len(below))


def get_offer(patient: Person, pk: object, near: Place | None = None, *, figures: bool = True) -> Offer | None:
    """One service that fits the patient and takes referrals; ``None`` for any other. Who shows no waits asks no ``figures``."""
    offer = next(iter(compared(patient, [pk], near, figures=figures)), None)
    fits = offer is not None and all(c.met is not False for c in offer.conditions if c.name in BEFOREHAND)
    return offer if fits else None


def others_like(referral: Referral, most: int) -> list[HealthcareService]:
    """Other services of the same kind that fit, take whom nobody referred, and are open, those with the same words first."""
    found = _offered(Wanted(everywhere=True)).filter(kind=referral.service.kind, self_referral=True, open_for_new=True)
    numbers = list(found.exclude(pk=referral.service_id).values_list("pk", flat=True)[: most * 4])
    return [offer.service for offer in weighed(referral, numbers, None) if offer.choosable][:most]


def compared(
    patient: Person, chosen: Iterable[object], near: Place | None = None, *, figures: bool = True
) -> list[Offer]:
    """These services that take referrals, as many as can stand beside each other, in the order in which they were named."""
    numbers = [
        int(str(pk)) for pk in dict.fromkeys(chosen) if str(pk).isascii() and str(pk).isdecimal() and len(str(pk)) < 19
    ]
    return weighed(patient, numbers[:MOST_COMPARED], near, figures)


def problems_of(opening: Opening) -> list[tuple[str, str]]:
    """The active problems of the opened record for which there is something on offer: their codes and name, newest first.

    What several sources know by the same name is one problem, with the codes of each.
    """
    known, problems = codes_in_use(), dict[str, tuple[str, list[str]]]()
    for fact in facts_for(opening):
        code = fact.code.rpartition("|")[2].upper()
        if fact.resource_type == "Condition" and (fact.state or "active") == "active" and known & {*found_under(code)}:
            codes = problems.setdefault(fact.title.casefold(), (fact.title, []))[1]
            codes.extend({code} - {*codes})
    return [(",".join(codes), name) for name, codes in problems.values()][:MOST_PROBLEMS]


def _offered(wanted: Wanted) -> QuerySet[HealthcareService]:
    return services_for(wanted).filter(takes_referrals=True)


def weighed(patient: Person, numbers: Sequence[int], near: Place | None, figures: bool = True) -> list[Offer]:
    """These services as offers, in this order; what takes no referrals is left out."""
    services = _offered(Wanted(near=near, everywhere=True)).in_bulk(numbers)
    there = [services[number] for number in numbers if number in services]
    known = there if figures else []
    waiting, realised, free, meetings = (
        waiting_times(known),
        realised_waits(known),
        free_places(known),
        first_sessions(known),
    )
    return [
        Offer(
            s, getattr(s, "metres", None), waiting.get(s.pk), realised.get(s.pk), free.get(s.pk),
            tuple(_conditions(s, patient)), meetings.get(s.pk),
        )
        for s in there
    ]  # fmt: skip


def _met(row: Any, name: str, patient: Person) -> bool | None:
    """Whether a condition is met; ``None`` when where the patient lives is not known."""
    if name == "age":
        lowest, highest = row["minimum_age"], row["maximum_age"]
        return (lowest is None or lowest <= patient.age) and (highest is None or highest >= patient.age)
    if not row["municipalities"]:
        return True
    if not patient.municipality:
        return None
    return patient.municipality in row["municipalities"] or _responsible(patient, row["law"]) in row["municipalities"]


def _responsible(patient: Person, law: str) -> str:
    if law not in BY_RESIDENCE or isinstance(patient, Patient):
        return ""
    return patient.responsible if isinstance(patient, Referral) else patient.responsible.get(law, "")


def _conditions(service: HealthcareService, patient: Person) -> Iterable[Condition]:
    row = {name: getattr(service, name) for name in ("minimum_age", "maximum_age", "municipalities", "law")}
    met = _met(row, "age", patient)
    yield Condition("age", _ages(service) if met else f"{_ages(service)}; {_who_is(patient)}", met)
    met = _met(row, "place", patient)
    if service.municipalities:
        where = _("voor inwoners van %(names)s") % {"names": ", ".join(service.municipalities)}
        lives = _("de inwoner woont in %(name)s") % {"name": patient.municipality}
        other = _responsible(patient, service.law)
        if met and other and other not in service.municipalities:
            where, met = _("%(where)s; verantwoordelijk is %(name)s") % {"where": where, "name": other}, None
        yield Condition("place", f"{where}; {lives}" if met is False else where, met)
    else:
        yield Condition("place", _("voor iedere woonplaats"), True)
    taking = service.open_for_new
    closed = stopped_words(service) if service.stopped_until else _("neemt nu niemand aan")
    yield Condition("room", _("open voor nieuwe aanvragen") if taking else closed, taking)
    for line in service.criteria:
        yield Condition("own", line, None)


def _ages(service: HealthcareService) -> str:
    lowest, highest = service.minimum_age, service.maximum_age
    if lowest is not None and highest is not None:
        return _("van %(lowest)s tot en met %(highest)s jaar") % {"lowest": lowest, "highest": highest}
    if lowest is not None:
        return _("vanaf %(age)s jaar") % {"age": lowest}
    if highest is not None:
        return _("tot en met %(age)s jaar") % {"age": highest}
    return _("voor iedere leeftijd")


def _who_is(patient: Person) -> str:
    years = ngettext("%(n)s jaar", "%(n)s jaar", patient.age) % {"n": patient.age}
    return _("de inwoner is %(years)s") % {"years": years}
