"""How the connected source systems do: for who manages those of an organisation, and for the region that sees them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.models import Source, SourceAnswer, SourceHour
from dossier.sources import shared
from dossier.sources.health import total, within
from dossier.sources.shared import Breaker, LastAnswer
from events.actor import Actor
from people.models import Domain, Organisation
from trust.access import has_permission

_GOOD = frozenset({SourceAnswer.Outcome.ANSWERED, SourceAnswer.Outcome.NOTHING})


class Period(StrEnum):
    """Over which stretch of time the figures are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_LENGTH = {Period.DAY: timedelta(days=1), Period.WEEK: timedelta(days=7), Period.MONTH: timedelta(days=30)}

REASONS: dict[str, object] = {
    "deadline": gettext_lazy("niet binnen de tijd"),
    "timeout": gettext_lazy("niet binnen de tijd"),
    "connection-lost": gettext_lazy("verbinding verbroken"),
    "no-connection": gettext_lazy("geen verbinding"),
    "breaker-open": gettext_lazy("overgeslagen na storingen"),
    "rate-limit": gettext_lazy("te veel vragen tegelijk (eigen grens)"),
    "status-429": gettext_lazy("te veel vragen tegelijk (grens van de bron)"),
    "busy": gettext_lazy("het netwerk had geen plaats"),
    "certificate": gettext_lazy("certificaat niet goed"),
    "secret-missing": gettext_lazy("bestand met geheim ontbreekt"),
    "key-unusable": gettext_lazy("sleutel niet bruikbaar"),
    "token-refused": gettext_lazy("token geweigerd"),
    "token-deadline": gettext_lazy("token niet binnen de tijd"),
    "token-no-connection": gettext_lazy("geen verbinding met het tokenadres"),
    "token-unusable": gettext_lazy("onbruikbaar token"),
    "status-401": gettext_lazy("niet toegelaten (401)"),
    "status-403": gettext_lazy("geweigerd (403)"),
    "not-json": gettext_lazy("geen FHIR in JSON"),
    "broken-json": gettext_lazy("afgebroken of kapotte JSON"),
    "broken-http": gettext_lazy("kapot antwoord"),
    "broken-bundle": gettext_lazy("kapotte Bundle"),
    "not-a-bundle": gettext_lazy("geen Bundle"),
    "not-a-capability": gettext_lazy("geen CapabilityStatement"),
    "other-version": gettext_lazy("een andere versie van FHIR"),
    "operation-outcome": gettext_lazy("foutmelding van de bron"),
    "empty": gettext_lazy("leeg antwoord"),
    "too-big": gettext_lazy("antwoord te groot"),
    "compressed": gettext_lazy("gecomprimeerd antwoord"),
    "redirect": gettext_lazy("doorverwijzing"),
    "bad-address": gettext_lazy("adres niet toegestaan"),
    "not-supported": gettext_lazy("vraag niet ondersteund"),
    "no-patient-search": gettext_lazy("kan niet op BSN zoeken"),
    "not-understood": gettext_lazy("antwoord niet begrepen"),
    "too-many-pages": gettext_lazy("meer bladzijden dan de grens"),
    "pages-in-a-circle": gettext_lazy("bladzijden in een kring"),
    "link-to-elsewhere": gettext_lazy("verwijst naar een ander adres"),
    "content-failed": gettext_lazy("document kwam niet"),
    "content-elsewhere": gettext_lazy("inhoud van een document op een ander adres"),
    "content-too-big": gettext_lazy("document te groot"),
    "content-gone": gettext_lazy("inhoud van een document is er niet meer"),
    "content-missing": gettext_lazy("document zonder inhoud"),
    "content-unusable": gettext_lazy("inhoud van een document onbruikbaar"),
    "content-other": gettext_lazy("gaf een ander document"),
    "other-person": gettext_lazy("gaf een andere persoon"),
    "other-birth-date": gettext_lazy("geboortedatum verschilt"),
    "several-patients": gettext_lazy("meer dan één patiënt met dit BSN"),
    "unknown-patient": gettext_lazy("kent deze inwoner niet"),
    "no-data": gettext_lazy("niets gevonden"),
}


def reason_words(reason: str) -> str:
    """A reason in plain words; a status of HTTP by its number, one without words stands for itself."""
    if reason.startswith(("status-", "token-status-")) and reason not in REASONS:
        return _("foutcode %(code)s") % {"code": reason.rpartition("-")[2]}
    return str(REASONS.get(reason, reason))


@dataclass(frozen=True)
class Failure:
    """How often a source did not answer for one reason."""

    outcome: str
    words: str
    answers: int


@dataclass(frozen=True)
class Point:
    """How a source did in one stretch: the seconds within which half and 95 of 100 answers came, of how many questions."""

    label: str
    middle: float | None
    most: float | None
    answers: int
    failed: int


@dataclass(frozen=True)
class Health:
    """How one source does over a period: ``asked`` questions, of which ``failed``; seconds within which half and 95 of 100
    of its answers came (none without answers)."""

    source: Source
    asked: int
    failed: int
    middle: float | None
    most: float | None
    failures: list[Failure]
    breaker: Breaker
    last: list[LastAnswer]

    @property
    def status(self) -> str:
        """In a word of the design how it stands: ``off``, ``stuck`` (left alone now), ``late`` (fails often), ``ok``, ``neutral``."""
        if not self.source.active:
            return "off"
        if self.breaker.state != "closed":
            return "stuck"
        if not self.asked:
            return "neutral"
        return "late" if self.failed * 10 > self.asked else "ok"


def _own(actor: Actor) -> Organisation:
    organisation = Organisation.objects.filter(pk=actor.works_for).first()
    if organisation is None:
        raise Http404
    return organisation


def need_manager(actor: Actor) -> Organisation:
    """The organisation whose sources the actor manages, the region for who sees them all; ``PermissionDenied`` for others."""
    organisation = _own(actor)
    if not has_permission(actor, organisation, "manage_sources"):
        raise PermissionDenied(_("De bronnen zijn voor wie uw organisatie daarvoor heeft aangewezen."))
    return organisation


def sources_for(actor: Actor) -> list[Source]:
    """The sources that the actor manages, or all of them for the region; also those that are not asked any more."""
    organisation = need_manager(actor)
    every = Source.objects.select_related("organisation").order_by("-active", "organisation__name", "name")
    return list(every if organisation.domain == Domain.REGION else every.filter(organisation=organisation))


def get_source(actor: Actor, pk: int) -> Source:
    """One of those; of another organisation it does not exist."""
    organisation = need_manager(actor)
    source = Source.objects.select_related("organisation").filter(pk=pk).first()
    if source is None or (organisation.domain != Domain.REGION and source.organisation_id != organisation.pk):
        raise Http404
    return source


def may_change(actor: Actor, source: Source) -> bool:
    """Whether the actor states how this source is reached: only in the name of who holds it."""
    return actor.works_for == source.organisation_id and has_permission(actor, source.organisation, "manage_sources")


def healths(sources: Iterable[Source], period: Period, *, last: bool = False) -> list[Health]:
    """How these sources do, in one query and one question to Redis for all breakers; with the last answers where asked."""
    found = list(sources)
    hours: dict[int, list[SourceHour]] = defaultdict(list)
    for one in SourceHour.objects.filter(source__in=found, hour__gt=timezone.now() - _LENGTH[period]):
        hours[one.source_id].append(one)
    breakers = shared.breakers_of([source.pk for source in found])
    return [
        _health(source, hours[source.pk], breakers[source.pk], shared.last_answers(source.pk) if last else [])
        for source in found
    ]


def _failed(hours: Iterable[SourceHour]) -> int:
    return sum(one.answers for one in hours if one.outcome not in _GOOD)


def _health(source: Source, hours: list[SourceHour], breaker: Breaker, last: list[LastAnswer]) -> Health:
    by_reason: dict[tuple[str, str], int] = defaultdict(int)
    for one in hours:
        if one.outcome not in _GOOD:
            by_reason[one.outcome, reason_words(one.reason)] += one.answers
    spread = total(one.spread for one in hours if one.outcome in _GOOD)
    failures = [
        Failure(str(SourceAnswer.Outcome(outcome).label), words, answers)
        for (outcome, words), answers in sorted(by_reason.items(), key=lambda row: -row[1])
    ]
    asked = sum(one.answers for one in hours)
    return Health(source, asked, _failed(hours), within(spread, 0.5), within(spread, 0.95), failures, breaker, last)


def course(source: Source, period: Period) -> list[Point]:
    """How a source did from stretch to stretch: by the hour over a day, else by the day."""
    by_hour = period == Period.DAY
    now = timezone.localtime()
    step = timedelta(hours=1) if by_hour else timedelta(days=1)
    count = int(_LENGTH[period] / step)
    begins = [_begin(now - step * back, by_hour=by_hour) for back in reversed(range(count))]
    hours: dict[datetime, list[SourceHour]] = defaultdict(list)
    for one in SourceHour.objects.filter(source=source, hour__gte=begins[0]):
        hours[_begin(timezone.localtime(one.hour), by_hour=by_hour)].append(one)
    points = []
    for begin in begins:
        spread = total(one.spread for one in hours[begin] if one.outcome in _GOOD)
        points.append(
            Point(
                date_format(begin, "H:i" if by_hour else _("j b")),
                within(spread, 0.5),
                within(spread, 0.95),
                sum(one.answers for one in hours[begin]),
                _failed(hours[begin]),
            )
        )
    return points


def _begin(moment: datetime, *, by_hour: bool) -> datetime:
    return moment.replace(hour=moment.hour if by_hour else 0, minute=0, second=0, microsecond=0)
