"""The combinations that the matrix goes through: every role with every relation and every choice, and who holds on which terms.

One patient is made for each combination, in bulk; grants are then derived at once. Policies hang on who holds: each
holder has its own, and each patient is known to some of the holders in turn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from events.actor import Actor
from people.models import ROLES_OF, Membership, Organisation, Patient, Role, User
from tests import factories
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import CareRelation, Consent, Emergency, Mandate, NationalAnswer, Policy, PolicyLine, Restriction

ALL = to_mask(EVERYTHING)
INPUTS = (
    "trust_carerelation",
    "trust_consent",
    "trust_nationalanswer",
    "trust_restriction",
    "trust_mandate",
    "trust_emergency",
)
DOMAIN_OF = {role: domain for domain, roles in ROLES_OF.items() for role in roles if domain != "municipality"}
ROLES = tuple(role for role in Role)


def span(begins: float | None, ends: float | None) -> DateTimeTZRange:
    """A period given in days from now."""
    now = timezone.now()
    return DateTimeTZRange(
        None if begins is None else now + timedelta(days=begins), None if ends is None else now + timedelta(days=ends)
    )


@dataclass
class Stage:
    """Who is there: a reader in each role, holders each with a policy of its own, a merged organisation of either sort."""

    readers: dict[str, Membership] = field(default_factory=dict)
    holders: dict[str, Organisation] = field(default_factory=dict)
    merged_reader: dict[str, Organisation] = field(default_factory=dict)
    merged_holder: Organisation | None = None
    carer: User | None = None

    def actor(self, role: str) -> Actor:
        """The actor that reads in this role."""
        if role == "citizen":
            assert self.carer is not None
            return factories.citizen_actor(self.carer)
        return factories.actor(self.readers[role])


def _line(**values: Any) -> dict[str, Any]:
    return {"categories": ALL, "purposes": ["TREAT", "COC", "ETREAT"], **values}


POLICIES: dict[str, tuple[DateTimeTZRange | None, list[dict[str, Any]]]] = {
    "standard": (span(-300, None), [_line()]),
    "none": (None, []),
    "emergencies only": (span(-300, None), [_line(purposes=["ETREAT"])]),
    "another reader": (span(-300, None), [_line(reader_domain="welfare")]),
    "some roles": (span(-300, None), [_line(roles=["specialist", "gp"])]),
    "some relations": (span(-300, None), [_line(relations=["referral", "enrolment"])]),
    "ended": (span(-300, -1), [_line()]),
    "in parts": (
        span(-300, None),
        [
            _line(categories=to_mask(c for c in Category if c % 2), purposes=["TREAT"]),
            _line(categories=to_mask(c for c in Category if c % 3 == 0), roles=["gp"], reader_domain="gp"),
        ],
    ),
    "to come": (span(5, None), [_line()]),
}
HOLDER_DOMAINS = ("hospital", "gp", "home_care")


def stage() -> Stage:
    """Make everybody but the patients."""
    made = Stage()
    for role in ROLES:
        place = factories.organisation(DOMAIN_OF.get(role, "region"), name=f"Plek van {role}")
        made.readers[role] = factories.member(role, at=place, name=f"Lezer {role}")
        made.merged_reader[role] = factories.organisation(place.domain, name=f"Vroeger van {role}", merged_into=place)
    for number, name in enumerate(POLICIES):
        made.holders[name] = factories.organisation(HOLDER_DOMAINS[number % len(HOLDER_DOMAINS)], name=f"Houder {name}")
    made.merged_holder = factories.organisation(
        "hospital", name="Vroegere houder", merged_into=made.holders["standard"]
    )
    with factories.as_owner():
        made.carer = User.objects.create_user("digid:carer")
        for name, (period, lines) in POLICIES.items():
            Policy.objects.filter(organisation=made.holders[name]).delete()
            if period is not None:
                policy = Policy.objects.create(organisation=made.holders[name], version=2, period=period)
                for line in lines:
                    PolicyLine.objects.create(policy=policy, **line)
    return made


@dataclass
class Of:
    """What a combination is about, for those that make its inputs."""

    stage: Stage
    patient: Patient
    role: str
    mask: int
    """The categories that its choices name: about two in three, others for each patient."""
    holder: Organisation
    """The first of the holders that know the patient."""

    @property
    def reader(self) -> Membership:
        """Who reads; for a citizen somebody else, about whom the choices are."""
        return self.stage.readers["gp" if self.role == "citizen" else self.role]


Input = models.Model
Maker = Callable[[Of], list[Input]]


def _relation(source: str, period: tuple[float | None, float | None] = (-30, None)) -> Maker:
    def make(of: Of) -> list[Input]:
        return [
            CareRelation(patient=of.patient, organisation=of.reader.organisation, source=source, period=span(*period))
        ]

    return make


def _alarm(of: Of) -> list[Input]:
    return [
        Emergency(
            patient=of.patient, organisation=of.reader.organisation, user=of.reader.user, role=of.reader.role,
            reason="acute", explanation="Matrix.", period=span(-0.01, 0.03),
        )
    ]  # fmt: skip


def _past_alarm(of: Of) -> list[Input]:
    (alarm,) = _alarm(of)
    alarm.period = span(-1, -0.9)  # type: ignore[attr-defined]
    return [alarm]


def _mandate(
    kind: str = "carer", period: tuple[float | None, float | None] = (-30, None), *, acts: bool = True
) -> Maker:
    def make(of: Of) -> list[Input]:
        assert of.stage.carer is not None
        return [
            Mandate(
                patient=of.patient, holder=of.stage.carer, name="Els", kind=kind, categories=of.mask | 1, acts=acts,
                document="" if kind == "carer" else "akte", given_by=of.stage.carer, period=span(*period),
            )
        ]  # fmt: skip

    return make


def _both(*makers: Maker) -> Maker:
    return lambda of: [made for maker in makers for made in maker(of)]


RELATIONS: dict[str, Maker] = {
    "none": lambda of: [],
    "source_system": _relation("source_system"),
    "referral": _relation("referral"),
    "consultation": _relation("consultation"),
    "stated": _relation("stated"),
    "enrolment": _relation("enrolment"),
    "merger": _relation("merger"),
    "ended": _relation("source_system", (-300, -1)),
    "future": _relation("source_system", (1, 300)),
    "emergency": _alarm,
    "emergency and relation": _both(_alarm, _relation("source_system")),
    "consultation and referral": _both(_relation("consultation"), _relation("referral")),
    "emergency over": _past_alarm,
}
MANDATES: dict[str, Maker] = {
    "mandate": _mandate(),
    "mandate to look": _mandate(acts=False),
    "mandate ended": _mandate(period=(-300, -1)),
    "mandate to come": _mandate(period=(1, None)),
    "parent of a grown-up": _mandate("parent"),
    "mentor": _mandate("mentor"),
}


def _choice(permit: bool, *, days: tuple[float | None, float | None] = (-10, None), **axes: Any) -> Maker:
    def make(of: Of) -> list[Input]:
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "kind": lambda: {"reader_domain": of.reader.organisation.domain},
            "organisation": lambda: {"reader_organisation": of.reader.organisation},
            "person": lambda: {"reader_user": of.reader.user},
            "other kind": lambda: {"reader_domain": "municipality"},
            "other organisation": lambda: {"reader_organisation": of.stage.holders["none"]},
            "merged": lambda: {"reader_organisation": of.stage.merged_reader[of.reader.role]},
        }
        held: dict[str, Callable[[], dict[str, Any]]] = {
            "kind": lambda: {"holder_domain": of.holder.domain},
            "organisation": lambda: {"holder_organisation": of.holder},
            "own": lambda: {"holder_organisation": of.reader.organisation},
            "merged": lambda: {"holder_organisation": of.stage.merged_holder},
        }
        values: dict[str, Any] = {"awaits": axes.get("awaits", False)}
        if "reader" in axes:
            values |= known[axes["reader"]]()
        if "holder" in axes:
            values |= held[axes["holder"]]()
        mask = of.mask if axes.get("less") is None else of.mask & axes["less"]
        return [Consent(patient=of.patient, permit=permit, categories=mask, period=span(*days), **values)]

    return make


def _restriction(whose: str, days: tuple[float | None, float | None] = (-5, None)) -> Maker:
    def make(of: Of) -> list[Input]:
        place = of.reader.organisation if whose == "own" else of.holder
        return [
            Restriction(
                patient=of.patient, organisation=place, categories=of.mask & 0b101101110101100111, period=span(*days)
            )
        ]

    return make


def _national(
    *,
    permitted: int = 0,
    refused: int = 0,
    days: tuple[float | None, float | None] = (-5, None),
    other: bool = False,
    kinds: bool = False,
    told: float = -5,
) -> Maker:
    def make(of: Of) -> list[Input]:
        reader = of.stage.holders["none"] if other else of.reader.organisation
        about: dict[str, Any] = (
            {"holder_domain": of.holder.domain, "reader_domain": reader.domain}
            if kinds
            else {"holder": of.holder, "reader": reader}
        )
        return [
            NationalAnswer(
                patient=of.patient, permitted=permitted, refused=refused, period=span(*days),
                told_at=timezone.now() + timedelta(days=told), **about,
            )
        ]  # fmt: skip

    return make


YES, NO, HALF = True, False, to_mask(c for c in Category if c % 2)
CHOICES: dict[str, Maker] = {
    "nothing": lambda of: [],
    **{f"permit {reader or 'everybody'}": _choice(YES, **({"reader": reader} if reader else {}))
       for reader in ("", "kind", "organisation", "person", "other kind", "other organisation")},
    **{f"object {reader or 'everybody'}": _choice(NO, **({"reader": reader} if reader else {}))
       for reader in ("", "kind", "organisation", "person", "other kind")},
    "permit everybody, object kind": _both(_choice(YES), _choice(NO, reader="kind", less=HALF)),
    "object everybody, permit kind": _both(_choice(NO), _choice(YES, reader="kind", less=HALF)),
    "permit kind, object organisation": _both(_choice(YES, reader="kind"), _choice(NO, reader="organisation", less=HALF)),
    "object organisation, permit person": _both(_choice(NO, reader="organisation"), _choice(YES, reader="person", less=HALF)),
    "permit organisation, object person": _both(_choice(YES, reader="organisation"), _choice(NO, reader="person", less=HALF)),
    "permit and object everybody": _both(_choice(YES), _choice(NO, less=HALF)),
    "permit of holder's kind": _choice(YES, holder="kind"),
    "permit of holder": _choice(YES, holder="organisation"),
    "permit, object of holder": _both(_choice(YES), _choice(NO, holder="organisation", less=HALF)),
    "permit, object of holder's kind": _both(_choice(YES), _choice(NO, holder="kind", less=HALF)),
    "object, permit of holder": _both(_choice(NO), _choice(YES, holder="organisation", less=HALF)),
    "permit kind, object of holder's kind": _both(_choice(YES, reader="kind"), _choice(NO, holder="kind", less=HALF)),
    "object kind, permit organisation of holder": _both(
        _choice(NO, reader="kind"), _choice(YES, reader="organisation", holder="organisation", less=HALF)
    ),
    "permit person, object of holder": _both(_choice(YES, reader="person"), _choice(NO, holder="organisation", less=HALF)),
    "object person, permit of holder": _both(_choice(NO, reader="person", less=HALF), _choice(YES, holder="organisation")),
    "object person, permit person of holder": _both(
        _choice(NO, reader="person"), _choice(YES, reader="person", holder="organisation", less=HALF)
    ),
    "object person about the own place": _choice(NO, reader="person", holder="own"),
    "object of the own place": _choice(NO, holder="own"),
    "permit that waits": _choice(YES, awaits=True),
    "permit that expired": _choice(YES, days=(-100, -1)),
    "permit to come": _choice(YES, days=(1, 100)),
    "permit, object expired": _both(_choice(YES), _choice(NO, reader="person", days=(-100, -1))),
    "restricted": _restriction("holder"),
    "restricted, permitted": _both(_restriction("holder"), _choice(YES)),
    "restricted at the own place": _both(_restriction("own"), _choice(YES, less=HALF)),
    "restricted before": _both(_restriction("holder", (-50, -1)), _choice(YES)),
    "national permit": _national(permitted=ALL),
    "national permit, object": _both(_national(permitted=ALL), _choice(NO, less=HALF)),
    "national refusal, permit": _both(_national(refused=HALF), _choice(YES)),
    "national refusal, permit person": _both(_national(refused=HALF), _choice(YES, reader="person", holder="organisation")),
    "national both": _national(permitted=ALL, refused=HALF),
    "national permit for another": _national(permitted=ALL, other=True),
    "national permit that ended": _national(permitted=ALL, days=(-50, -1)),
    "national of kinds": _national(permitted=ALL, refused=HALF, kinds=True),
    "national refusal of kinds, permit": _both(_national(refused=HALF, kinds=True), _choice(YES)),
    "national refusal of kinds, then asked": _both(
        _national(refused=ALL, kinds=True, days=(-9, None), told=-9), _national(permitted=HALF)
    ),
    "national asked, then refusal of kinds": _both(
        _national(refused=HALF, kinds=True, told=-2), _national(permitted=ALL)
    ),
    "permit merged": _choice(YES, reader="merged"),
    "permit, object merged": _both(_choice(YES), _choice(NO, reader="merged", less=HALF)),
    "permit, object merged holder": _both(_choice(YES), _choice(NO, holder="merged", less=HALF)),
    "permit of merged holder": _choice(YES, holder="merged"),
}  # fmt: skip


@dataclass
class Combination:
    """One patient of the matrix, and which combination it stands for."""

    patient: Patient
    role: str
    relation: str
    choice: str
    holders: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.role} × {self.relation} × {self.choice} × holders {', '.join(self.holders)}"


def every(roles: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The full product of role, relation and choice."""
    for role in roles:
        relations = MANDATES if role == "citizen" else RELATIONS
        yield from itertools.product([role], relations, CHOICES)


def arrange(
    stage: Stage,
    wanted: Iterable[tuple[str, ...]],
    *,
    each: int = 3,
    holders: Sequence[tuple[str, ...]] | None = None,
) -> list[Combination]:
    """Make one patient for each combination of role, relation and choice, in bulk; and derive all grants at once.

    Each is known to ``each`` of the holders in turn, or to those named in ``holders``.
    """
    names, made, inputs = list(stage.holders), [], []
    for number, (role, relation, choice) in enumerate(wanted):
        patient = Patient(initials="M.", own_name=f"Matrix{number}", birth_date=date(1960, 1, 1))
        known = holders[number] if holders else tuple(names[(number + step * 4) % len(names)] for step in range(each))
        made.append(Combination(patient, role, relation, choice, known))
    with factories.as_owner():
        Patient.objects.bulk_create([c.patient for c in made])
        for number, c in enumerate(made):
            mask = to_mask(category for category in Category if (category + number) % 3)
            of = Of(stage, c.patient, c.role, mask, stage.holders[c.holders[0]])
            inputs += [
                CareRelation(
                    patient=c.patient, organisation=stage.holders[name], source="source_system", period=span(-200, -100)
                )
                for name in c.holders
            ]
            inputs += (MANDATES if c.role == "citizen" else RELATIONS)[c.relation](of)
            inputs += CHOICES[c.choice](of)
        put(inputs)
    return made


def put(inputs: list[Input]) -> None:
    """Insert inputs of any kind without deriving row by row, then derive everything once; as the owner."""
    with connection.cursor() as cursor:
        for table in INPUTS:
            cursor.execute(f"alter table {table} disable trigger user")
        try:
            for kind in {type(made) for made in inputs}:
                kind._default_manager.bulk_create([made for made in inputs if type(made) is kind], batch_size=1000)
        finally:
            for table in INPUTS:
                cursor.execute(f"alter table {table} enable trigger user")
        cursor.execute("select trust_derive(null)")


def moment() -> datetime:
    """Now, by the clock of the database's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        now: datetime = cursor.fetchone()[0]
    return now
