"""The time line of one patient over all domains: what happened and what is planned, newest first, a page at a time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Collate, Concat, JSONObject, Left, LPad, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.access import answers_so_far, who_was_asked
from consultations.models import Consultation
from consultations.moves import Status as ConsultationStatus
from dossier.models import Document, Entry, Fact, Source
from people.models import Domain, Organisation
from referrals.access import kept_back
from referrals.models import Step
from referrals.moves import STAYS
from referrals.moves import Status as ReferralStatus
from trust.access import Opening
from trust.categories import Category

PAGE = 24

KINDS: dict[str, tuple[str | Promise, frozenset[Category]]] = {
    "health": (
        gettext_lazy("Problemen, allergieën, vaccinaties"),
        frozenset({Category.PROBLEMS, Category.ALLERGIES, Category.ALERTS, Category.VACCINATIONS}),
    ),
    "medication": (gettext_lazy("Medicatie"), frozenset({Category.MEDICATION})),
    "results": (gettext_lazy("Uitslagen en metingen"), frozenset({Category.RESULTS})),
    "contacts": (
        gettext_lazy("Contacten, verrichtingen, afspraken"),
        frozenset({Category.PROCEDURES, Category.APPOINTMENTS}),
    ),
    "daily": (gettext_lazy("Functioneren en hulpmiddelen"), frozenset({Category.FUNCTIONING, Category.DEVICES})),
    "plan": (
        gettext_lazy("Plan, doelen en wensen"),
        frozenset({Category.PLAN, Category.WISHES, Category.NETWORK, Category.IDENTITY}),
    ),
    "mental": (gettext_lazy("Geestelijke gezondheid"), frozenset({Category.MENTAL_HEALTH})),
    "social": (gettext_lazy("Sociale situatie en geldzaken"), frozenset({Category.SOCIAL, Category.FINANCIAL})),
    "documents": (gettext_lazy("Documenten"), frozenset({Category.DOCUMENTS})),
    "process": (gettext_lazy("Verwijzingen en consulten"), frozenset({Category.REFERRAL, Category.CONSULTATION})),
}
"""The kinds by which the time line is sifted; every category stands in one of them."""

MEDICAL = frozenset({Domain.GP, Domain.HOME_CARE, Domain.MENTAL_HEALTH, Domain.HOSPITAL, Domain.PHARMACY})
SOCIAL = frozenset({Domain.SOCIAL, Domain.MUNICIPALITY, Domain.WELFARE})
DOMAINS: dict[str, tuple[str | Promise, frozenset[str]]] = {
    "all_medical": (gettext_lazy("Medisch"), frozenset(MEDICAL)),
    "all_social": (gettext_lazy("Sociaal en welzijn"), frozenset(SOCIAL)),
}
"""Domains taken together; beside them every domain on its own and the own organisation can be chosen."""

PERIODS: dict[str, tuple[str | Promise, int]] = {
    "90": (gettext_lazy("Laatste 3 maanden"), 90),
    "365": (gettext_lazy("Laatste jaar"), 365),
    "1826": (gettext_lazy("Laatste 5 jaar"), 1826),
}

_PLACE = re.compile(r"(?P<on>\d{4}(-\d{2}){0,2})~(?P<ref>[cdefs]\d{1,19})")
_FIELDS = ("on", "ref", "category", "title", "text", "who", "domain", "thread", "heed")
OWN = "own"


@dataclass(frozen=True)
class Sift:
    """What of the time line is wanted: a domain, a kind and a period; each empty for everything."""

    domain: str = ""
    kind: str = ""
    period: str = ""

    @classmethod
    def read(cls, typed: dict[str, str]) -> Sift:
        """What somebody chose; a choice that does not exist counts as none."""
        domain, kind, period = (typed.get(name, "") for name in ("domain", "kind", "period"))
        known = {*DOMAINS, *Domain.values, OWN}
        return cls(
            domain if domain in known else "", kind if kind in KINDS else "", period if period in PERIODS else ""
        )

    def __bool__(self) -> bool:
        return bool(self.domain or self.kind or self.period)

    @property
    def query(self) -> str:
        """The choice as it stands in an address; it names nobody and no content."""
        return "&".join(f"{name}={value}" for name, value in vars(self).items() if value)

    @property
    def words(self) -> list[str]:
        """The choice as people say it: the period, the kind, the domain."""
        period = PERIODS[self.period][0] if self.period else _("Hele periode")
        kind = KINDS[self.kind][0] if self.kind else _("Alles")
        named: dict[str, Any] = {"": _("Alle domeinen"), OWN: _("Eigen organisatie")}
        named |= {name: said for name, (said, _domains) in DOMAINS.items()}
        domain = named[self.domain] if self.domain in named else capfirst(Domain(self.domain).label)
        return [str(period), str(kind), str(domain)]

    def organisations(self, field: str, own: int | None) -> Q:
        """The condition on the organisation of a row, which stands under this name."""
        if not self.domain:
            return Q()
        if self.domain == OWN:
            return Q(**{f"{field}_id": own})
        domains = DOMAINS[self.domain][1] if self.domain in DOMAINS else {self.domain}
        return Q(**{f"{field}__domain__in": list(domains)})

    @property
    def categories(self) -> frozenset[Category]:
        """The categories wanted."""
        return KINDS[self.kind][1] if self.kind else frozenset(Category)

    @property
    def since(self) -> date | None:
        """The day from which on is looked; nothing for no limit."""
        return timezone.localdate() - timedelta(days=PERIODS[self.period][1]) if self.period else None


@dataclass(frozen=True)
class Moment:
    """One point on the time line; ``on`` may be a partial date. ``place`` marks where the next page begins.

    ``heed`` is what changes the meaning of a fact: that it was cancelled, refuted, limited.
    """

    on: str
    place: str
    category: Category
    title: str
    text: str
    who: str
    domain: str
    url: str
    heed: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Under which heading it stands: what is still to come, or the year."""
        return _("Komt nog") if self.ahead else self.on[:4]

    @property
    def ahead(self) -> bool:
        """Whether it is still to come."""
        return self.on > timezone.localdate().isoformat()

    @property
    def domain_name(self) -> str:
        """The domain in words."""
        return str(Domain(self.domain).label) if self.domain in Domain.values else ""


def timeline(
    opening: Opening, organisation_id: int | None, sift: Sift | None = None, before: str = "", most: int = PAGE
) -> tuple[list[Moment], str]:
    """A page of ``most`` moments of the time line of an opened record, and where the next begins ("" at the end); one query.

    Facts of all sources, own entries and documents, steps of referrals and questions asked, in one order: newest day first, then by number.
    The database shows no more of each than was opened. What has no date has no place on it.
    """
    sift = sift or Sift()
    found = _PLACE.fullmatch(before)
    place = (found["on"], f"{found['ref'][0]}{found['ref'][1:]:0>19}") if found else None
    parts = [
        _page(rows, sift, place, most)
        for wanted, rows in (
            (True, _facts(opening, organisation_id, sift)),
            (True, _entries(opening, organisation_id, sift)),
            (True, _documents(opening, organisation_id, sift)),
            (Category.REFERRAL in sift.categories, _steps(opening, organisation_id, sift)),
            (Category.CONSULTATION in sift.categories, _consultations(opening, organisation_id, sift)),
        )
        if wanted
    ]
    rows = list(parts[0].union(*parts[1:], all=True).order_by("-on", "-ref")[: most + 1])
    moments = [_moment(dict(zip(_FIELDS, row, strict=True)), opening, organisation_id) for row in rows[:most]]
    return moments, moments[-1].place if len(rows) > most else ""


def givers_of(opening: Opening, sift: Sift) -> QuerySet[Any, Any]:
    """The sources that gave anything of the kind wanted, of whatever day or domain: they are not those that have nothing."""
    return happened_in(opening, None, Sift(kind=sift.kind)).values_list("source_id", flat=True).distinct()


def happened_in(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Fact]:
    """The facts of an opened record that have a place on the time line, of any period: dated, and about care."""
    found = Fact.objects.filter(sift.organisations("organisation", own), patient=opening.patient).exclude(on_date="")
    # A day of birth is no event of care: who somebody is stands in the bar above.
    found = found.exclude(category=Category.IDENTITY, resource_type="Patient")
    return found.filter(expires_at__gt=timezone.now(), category__in=sift.categories)


def _page(rows: QuerySet[Any, Any], sift: Sift, place: tuple[str, str] | None, most: int) -> QuerySet[Any, Any]:
    if sift.since:
        rows = rows.filter(on__gte=Collate(Value(sift.since.isoformat()), "C"))
    if place:
        on, ref = (Collate(Value(part), "C") for part in place)
        rows = rows.filter(Q(on__lt=on) | Q(on=on, ref__lt=ref))
    return rows.order_by("-on", "-ref").values_list(*_FIELDS)[: most + 1]


def _text(value: Any) -> Cast:
    return Cast(value, TextField())


def _ref(letter: str, number: Any = "pk") -> Collate:
    # Numbers of one width, so that they sort as text.
    return Collate(
        Concat(Value(letter), LPad(Cast(number, CharField()), 19, Value("0")), output_field=TextField()), "C"
    )


class _Lasting(Func):
    """The number of a fact within its day: of its source, and of what that source calls it. Primary keys are new each time it is asked."""

    template = "(%(expressions)s)"
    arg_joiner = " * 1099511627776 + "  # 2^40
    output_field = BigIntegerField()


class _Digest(Func):
    """Forty bits of a text, as a number."""

    template = "('x' || left(md5(%(expressions)s), 10))::bit(40)::bigint"
    output_field = BigIntegerField()


_FACT = _Lasting(
    Cast("source_id", BigIntegerField()),
    _Digest(Concat("resource_type", Value("/"), "source_key", output_field=TextField())),
)


def _day(moment: str) -> Collate:
    return Collate(_text(TruncDate(moment)), "C")


def _facts(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Any, Any]:
    return happened_in(opening, own, sift).annotate(
        on=Collate(_text(Left("on_date", 10)), "C"),
        ref=_ref("f", _FACT),
        text=_text("detail"),
        # As subqueries, so that the names are looked up for the few that show and not for all that are sorted.
        who=_text(Subquery(Source.objects.filter(pk=OuterRef("source_id")).values("name"))),
        domain=_text(Subquery(Organisation.objects.filter(pk=OuterRef("organisation_id")).values("domain"))),
        thread=_none(),
        heed=_text("attention"),
    )


def _entries(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Any, Any]:
    found = Entry.objects.filter(
        sift.organisations("organisation", own), patient=opening.patient, replaced_by=None, category__in=sift.categories
    )
    return found.annotate(
        on=Collate(_text("on_date"), "C"),
        ref=_ref("e"),
        title=_text("kind"),
        domain=_text("organisation__domain"),
        who=Concat("author_name", Value(", "), "organisation__name", output_field=TextField()),
        thread=_none(),
        heed=_text(Value("[]")),
    )


def _documents(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Any, Any]:
    found = Document.objects.filter(
        sift.organisations("organisation", own), patient=opening.patient, replaced_by=None, category__in=sift.categories
    )
    return found.annotate(
        on=Collate(_text("on_date"), "C"),
        ref=_ref("d"),
        text=_text(Value("")),
        domain=_text("organisation__domain"),
        who=Concat("author_name", Value(", "), "organisation__name", output_field=TextField()),
        thread=F("id"),
        heed=_text(Value("[]")),
    )


def _steps(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Any, Any]:
    ours = Q(referral__sending_organisation_id=own) | Q(referral__receiving_organisation_id=own)
    found = Step.objects.filter(
        sift.organisations("organisation", own), patient=opening.patient, referral__patient=opening.patient
    )
    return (
        found.exclude(verb__in=STAYS)
        .exclude(kept_back(own, "referral__"))
        .annotate(
            on=_day("at"),
            ref=_ref("s"),
            category=_kind(Category.REFERRAL),
            title=_text("status"),
            text=_text("referral__service__name"),
            who=_text(Coalesce("organisation__name", Value(_("de inwoner")), output_field=TextField())),
            domain=_text(Coalesce("organisation__domain", Value(""), output_field=TextField())),
            thread=Case(When(ours, then=F("referral_id"))),
            heed=_text(Value("[]")),
        )
    )


def _consultations(opening: Opening, own: int | None, sift: Sift) -> QuerySet[Any, Any]:
    asked = sift.organisations("asking_organisation", own)
    return Consultation.objects.filter(asked, patient=opening.patient).annotate(
        on=_day("asked_at"),
        ref=_ref("c"),
        category=_kind(Category.CONSULTATION),
        title=_text(JSONObject(status="status", due="due", asked=who_was_asked())),
        text=_text("number"),
        who=_text("asking_organisation__name"),
        domain=_text("asking_organisation__domain"),
        thread=Case(When(Q(asking_organisation_id=own), then=F("id"))),
        heed=_text(Value("[]")),
    )


def _kind(category: Category) -> Cast:
    return Cast(Value(int(category)), IntegerField())


def _none() -> Cast:
    return Cast(Value(None), IntegerField())


def _asked(told: dict[str, Any], own: int | None) -> str:
    """How far a question to others is: while it runs, how many of them answered and who is late."""
    status = ConsultationStatus(told["status"])
    running = status == ConsultationStatus.OPEN and answers_so_far(
        told["asked"] or [], datetime.fromisoformat(told["due"]), own
    )
    return running or str(status.label)


def _moment(row: dict[str, Any], opening: Opening, own: int | None) -> Moment:
    title, url = row["title"], ""
    if row["ref"].startswith("e"):
        title = capfirst(Entry.Kind(title).label)
    elif row["ref"].startswith("d"):
        url = reverse("dossier:document", args=[opening.patient.key, row["category"], row["thread"]])
        title = _("Document: %(title)s") % {"title": title}
    elif row["ref"].startswith("s"):
        title = _("Verwijzing: %(what)s") % {"what": ReferralStatus(title).label}
        url = reverse("referrals:thread", args=[row["thread"]]) if row["thread"] else ""
    elif row["ref"].startswith("c"):
        title = _("Consult gevraagd: %(what)s") % {"what": _asked(json.loads(title), own)}
        url = reverse("consultations:thread", args=[row["thread"]]) if row["thread"] else ""
    place = f"{row['on']}~{row['ref'][0]}{int(row['ref'][1:])}"
    text = "" if row["text"] == title else row["text"]
    heed = tuple(json.loads(row["heed"]))
    return Moment(row["on"], place, Category(row["category"]), title, text, row["who"], row["domain"], url, heed)
