"""What of the offer can be found, by words, place and circumstances, and who manages it; the offer itself is public."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Avg, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import ASin, Cos, Power, Radians, Sin, Sqrt
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.actor import Actor
from people.models import Organisation, User
from people.moves import Admission
from square.codes import found_under
from square.models import HealthcareService, Postcode, Session, WaitingTimeReport
from trust.access import need_role
from trust.categories import Category

STALE_AFTER = timedelta(days=42)
"""After six weeks a stated waiting time is shown as old."""

REVIEW_AFTER = timedelta(days=365)
"""After a year without a look by the provider the entry itself is shown as old."""

MOST_WORDS = 8
EARTH_METRES = 6_371_008.8


class AgeGroup(models.TextChoices):
    """For whom somebody searches, in three groups of ages."""

    YOUNG = "young", _("kinderen en jongeren")
    ADULT = "adult", _("volwassenen")
    OLDER = "older", _("ouderen")


class Way(models.TextChoices):
    """How a service reaches people."""

    ONLINE = "online", _("online")
    AT_HOME = "at_home", _("aan huis")
    ON_LOCATION = "on_location", _("op locatie")


class Language(models.TextChoices):
    """Languages in which help is given (ISO 639-1)."""

    NL = "nl", _("Nederlands")
    EN = "en", _("Engels")
    AR = "ar", _("Arabisch")
    BG = "bg", _("Bulgaars")
    ZH = "zh", _("Chinees")
    DE = "de", _("Duits")
    FA = "fa", _("Farsi")
    FR = "fr", _("Frans")
    KU = "ku", _("Koerdisch")
    UK = "uk", _("Oekraïens")
    PL = "pl", _("Pools")
    PT = "pt", _("Portugees")
    RO = "ro", _("Roemeens")
    RU = "ru", _("Russisch")
    SO = "so", _("Somalisch")
    ES = "es", _("Spaans")
    TI = "ti", _("Tigrinya")
    TR = "tr", _("Turks")


YEARS = {AgeGroup.YOUNG: (0, 17), AgeGroup.ADULT: (18, 64), AgeGroup.OLDER: (65, 130)}


@dataclass(frozen=True)
class Place:
    """A point from which distances are measured (degrees, WGS 84), with the municipality whose offer counts there."""

    name: str
    municipality: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; everything may be left out. ``age`` is in years, ``municipality`` where the person lives.

    ``code`` is of a problem (:mod:`square.codes`); words that are written as one mean it too. With ``everywhere`` also what is
    for other municipalities is found.
    """

    words: str = ""
    near: Place | None = None
    domain: str = ""
    law: str = ""
    age_group: str = ""
    way: str = ""
    age: int | None = None
    municipality: str = ""
    language: str = ""
    code: str = ""
    everywhere: bool = False


@dataclass(frozen=True)
class Waiting:
    """The waiting time that a provider stated last, in calendar days, and how old that statement is."""

    report: WaitingTimeReport

    @property
    def days(self) -> int:
        """Calendar days, as stated."""
        return self.report.days

    @property
    def weeks_old(self) -> int:
        """Whole weeks since the day it was measured."""
        return (timezone.localdate() - self.report.measured_on).days // 7

    @property
    def stale(self) -> bool:
        """Whether it is older than six weeks, so that it misleads more than it helps."""
        return timezone.localdate() - self.report.measured_on > STALE_AFTER


def find_place(text: str) -> Place | None:
    """The place meant by a postcode (1234 or 1234 AB) or the name of a place; ``None`` when there is no such place.

    Of places with the same name the one nearest to the offer is meant.
    """
    typed = " ".join(text.split())
    if match := re.fullmatch(r"(\d{4})\s?(?:[A-Za-z]{2})?", typed):
        postcode = Postcode.objects.filter(digits=match[1]).first()
        return (
            Place(f"{postcode.digits} {postcode.place}", postcode.municipality, postcode.latitude, postcode.longitude)
            if postcode
            else None
        )
    places = [
        Place(row["place"], row["municipality"], row["latitude__avg"], row["longitude__avg"])
        for row in Postcode.objects.filter(place__iexact=typed)
        .order_by()
        .values("place", "municipality")
        .annotate(Avg("latitude"), Avg("longitude"))
    ]
    if len(places) > 1:
        middle = _offer().aggregate(north=Avg("latitude"), east=Avg("longitude"))
        north, east = middle["north"] or 52.25, middle["east"] or 5.2
        places.sort(key=lambda place: (place.latitude - north) ** 2 + (place.longitude - east) ** 2)
    return places[0] if places else None


def _offer() -> QuerySet[HealthcareService]:
    return HealthcareService.objects.filter(active=True, organisation__admission=Admission.ADMITTED)


_DOCUMENT = " || ' ' || ".join(
    f"square_healthcareservice.{column}" for column in ("name", "summary", "for_whom", "needs")
)
_VECTOR = f"to_tsvector('dutch', {_DOCUMENT})"
_PLAIN = f"people_plain({_DOCUMENT})"
_SCORE = f"""(select sum(case when {_VECTOR} @@ to_tsquery('dutch', q.query) then 2
    when people_plain(q.word) <%% {_PLAIN} then 1 else 0 end)
    + word_similarity(people_plain(%s), people_plain(square_healthcareservice.name))
    from unnest(%s::text[], %s::text[]) q(word, query))"""  # noqa: S608 -- composed of the constants above


def _queries(words: list[str]) -> list[str]:
    return [f"{word}:*" if len(word) > 3 else word for word in words]


def _matching(found: QuerySet[HealthcareService], typed: str) -> QuerySet[HealthcareService]:
    """Services that know at least one of the words, by Dutch stems and forgiving a typing error; the best on top."""
    words = re.findall(r"\w+", typed.lower())[:MOST_WORDS]
    if not words:
        return found.none() if typed else found
    queries = _queries(words)
    near_misses = [word for word in words if len(word) > 3]
    tests = [f"{_VECTOR} @@ to_tsquery('dutch', %s)", *[f"people_plain(%s) <%% {_PLAIN}" for _word in near_misses]]
    known = RawSQL(f"({' or '.join(tests)})", [" | ".join(queries), *near_misses], output_field=models.BooleanField())  # noqa: S611 -- the words are parameters
    score = RawSQL(_SCORE, [" ".join(words), words, queries], output_field=models.FloatField())  # noqa: S611 -- likewise
    return found.filter(known).annotate(score=score)


def metres_from(place: Place) -> models.Expression:
    """The distance from a place in metres by the haversine formula; nothing for a service without a point."""
    latitude, longitude = Radians(F("latitude")), Radians(F("longitude"))
    here = Radians(Value(place.latitude, output_field=models.FloatField()))
    there = Radians(Value(place.longitude, output_field=models.FloatField()))
    half = Power(Sin((latitude - here) / 2.0), 2) + Cos(here) * Cos(latitude) * Power(Sin((longitude - there) / 2.0), 2)
    return models.ExpressionWrapper(Value(2 * EARTH_METRES) * ASin(Sqrt(half)), output_field=models.FloatField())


def _fits_age(lowest: int, highest: int) -> Q:
    return (Q(minimum_age=None) | Q(minimum_age__lte=highest)) & (Q(maximum_age=None) | Q(maximum_age__gte=lowest))


def services_for(wanted: Wanted) -> QuerySet[HealthcareService]:
    """The services that fit what is wanted, best match first, then nearest; with ``metres`` when a place was given.

    A service that works for certain municipalities is left out for who lives elsewhere. Only services of admitted
    participants that are in use are found. A caller on a higher floor may annotate the answer with what it knows.
    """
    typed = found_under(wanted.words)
    found = _matching(_offer(), "" if typed else wanted.words).select_related("organisation")
    for codes in filter(None, [typed, found_under(wanted.code)]):
        found = found.filter(codes__overlap=codes)
    if wanted.language:
        found = found.filter(languages__contains=[wanted.language])
    if wanted.domain:
        found = found.filter(domain=wanted.domain)
    if wanted.law:
        found = found.filter(law=wanted.law)
    if wanted.age_group:
        found = found.filter(_fits_age(*YEARS[AgeGroup(wanted.age_group)]))
    if wanted.age is not None:
        found = found.filter(_fits_age(wanted.age, wanted.age))
    if wanted.way:
        found = found.filter(**{Way(wanted.way).value: True})
    municipality = wanted.municipality or (wanted.near.municipality if wanted.near else "")
    if municipality and not wanted.everywhere:
        found = found.filter(Q(municipalities=[]) | Q(municipalities__contains=[municipality]))
    order: list[models.expressions.OrderBy | str] = [F("score").desc()] if "score" in found.query.annotations else []
    if wanted.near is not None:
        found = found.annotate(metres=metres_from(wanted.near))
        order.append(F("metres").asc(nulls_last=True))
    return found.order_by(*order, "name", "pk")


def codes_in_use() -> frozenset[str]:
    """The codes of problems for which there is something on offer."""
    lists = _offer().filter(takes_referrals=True).exclude(codes=[]).order_by().values_list("codes", flat=True)
    return frozenset(code for codes in lists for code in codes)


def languages_of(service: HealthcareService) -> str:
    """The languages of a service in words: Nederlands, Engels; empty when it said nothing."""
    known = dict(Language.choices)
    return ", ".join(str(known.get(code, code)) for code in service.languages)


def waiting_times(services: Iterable[HealthcareService]) -> dict[int, Waiting]:
    """The waiting time that was stated last for each of these services, by the number of the service; one query."""
    latest = (
        WaitingTimeReport.objects.filter(service__in=[service.pk for service in services])
        .order_by("service_id", "-measured_on", "-id")
        .distinct("service_id")
    )
    return {report.service_id: Waiting(report) for report in latest}


def review_due(service: HealthcareService) -> bool:
    """Whether the provider has not looked at this entry for more than a year."""
    return timezone.localdate() - service.reviewed_on > REVIEW_AFTER


def get_service(pk: int) -> HealthcareService:
    """One service that is on offer; another does not exist."""
    return get_object_or_404(_offer().select_related("organisation"), pk=pk)


def stopped_words(service: HealthcareService) -> str:
    """That a service takes nobody new, until when and why, as everybody reads it; empty while it is open."""
    if service.open_for_new:
        return ""
    if service.stopped_until is None:
        return gettext("neemt nu geen nieuwe aanvragen aan")
    day = date_format(service.stopped_until, gettext("j F Y"))
    return gettext("neemt tot %(day)s geen nieuwe aanvragen aan: %(reason)s") % {
        "day": day,
        "reason": service.stop_reason,
    }


def sessions_of(service: HealthcareService) -> list[Session]:
    """The meetings of a training that are still to come and go on, soonest first."""
    return list(service.sessions.filter(starts__gt=timezone.now(), cancelled_at=None))


def open_sessions_of(service: HealthcareService) -> list[Session]:
    """The meetings for which one can enrol now, soonest first; those that are full too, for their waiting list."""
    return [one for one in sessions_of(service) if one.enrolling]


def first_sessions(services: Iterable[HealthcareService]) -> dict[int, Session]:
    """Of trainings the first meeting for which one can enrol now, by service; one with a free place before one without."""
    trainings = [one.pk for one in services if one.process == HealthcareService.Process.TRAINING]
    if not trainings:
        return {}
    now = timezone.now()
    ahead = Session.objects.filter(service__in=trainings, starts__gt=now, enrol_until__gt=now, cancelled_at=None)
    full = ExpressionWrapper(Q(taken__gte=F("places")) | Q(waiting__gt=0), models.BooleanField())
    first = ahead.order_by("service_id", full, "starts").distinct("service_id")
    return {one.service_id: one for one in first}


def own_sessions(actor: Actor) -> QuerySet[Session]:
    """The meetings of the trainings of the actor's own organisation, for who works with requests there."""
    own = Session.objects.filter(service__organisation_id=_desk(actor))
    return own.select_related("service__organisation")


def own_trainings(actor: Actor) -> list[HealthcareService]:
    """The trainings of the actor's own organisation, for who works with requests there."""
    found = HealthcareService.objects.filter(organisation_id=_desk(actor), active=True)
    return list(found.filter(process=HealthcareService.Process.TRAINING).order_by("name", "pk"))


def _desk(actor: Actor) -> int:
    need_role(actor, Category.REFERRAL)
    if actor.kind != "professional" or actor.works_for is None:
        raise PermissionDenied(_("Dit kan alleen wie bij deze organisatie met verwijzingen werkt."))
    return actor.works_for


def may_manage(actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor may edit the offer of this organisation: by a permission given for that organisation, at work for it."""
    if actor.kind != "professional" or actor.organisation_id != organisation.pk:
        return False
    user = User.objects.filter(pk=actor.user_id).first()
    return user is not None and user.has_perm("people.manage_offer", organisation)


def get_own_service(actor: Actor, pk: int) -> HealthcareService:
    """One service, to edit; ``PermissionDenied`` for who does not manage the offer of its provider."""
    service = get_service(pk)
    demand_manager(actor, service.organisation)
    return service


def own_services(actor: Actor) -> QuerySet[HealthcareService]:
    """The offer of the actor's own organisation, what was looked at longest ago first."""
    organisation = Organisation.objects.filter(pk=actor.organisation_id).first()
    if organisation is None:
        raise Http404
    demand_manager(actor, organisation)
    return HealthcareService.objects.filter(organisation=organisation, active=True).order_by("reviewed_on", "name")


def demand_manager(actor: Actor, organisation: Organisation) -> None:
    """Raise ``PermissionDenied`` unless the actor manages the offer of this organisation."""
    if not may_manage(actor, organisation):
        raise PermissionDenied(_("Alleen wie het aanbod van deze organisatie beheert, kan het wijzigen."))
