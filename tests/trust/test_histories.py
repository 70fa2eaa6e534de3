"""Histories by chance: whatever is put in, changed, ended and merged in whatever order, the derived grants are those of the plain rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from people.models import Membership, Organisation, Patient, User
from tests import factories
from tests.trust import plain, plain_load
from trust.categories import EVERYTHING, Category, to_mask
from trust.models import CareRelation, Consent, Emergency, Grant, Mandate, NationalAnswer, Restriction

pytestmark = pytest.mark.django_db
KINDS = (Category.IDENTITY, Category.RESULTS, Category.PLAN, Category.CONSULTATION)
HOURS = st.integers(-60, 60)
SOME = st.sets(st.sampled_from(KINDS), min_size=1).map(to_mask)
PLACES = ("practice", "nursing", "hospital", "old practice", "older practice")
PERIOD = st.tuples(st.sampled_from([-48, -20, -5, 0, 5, 24]), st.sampled_from([None, None, 3, 30, 60]))
READERS = ["", "gp", "practice", "person"]
OTHERS = ["home_care", "nursing", "old practice", "older practice", "colleague"]
HOLDERS = ["", "", "hospital kind", "hospital"]

relation = st.tuples(st.just("relate"), st.sampled_from(PLACES), st.sampled_from(CareRelation.Source.values), PERIOD)
choice = st.tuples(
    st.just("choose"), st.booleans(), SOME, st.one_of(st.sampled_from(READERS), st.sampled_from(OTHERS)),
    st.one_of(st.sampled_from(HOLDERS), st.sampled_from(["gp kind", "practice", "old practice"])), PERIOD, st.booleans(),
)  # fmt: skip
national = st.tuples(
    st.just("ask"), SOME, SOME, st.sampled_from(["hospital", "hospital kind"]), st.sampled_from(["practice", "gp kind"]),
    PERIOD, HOURS,
)  # fmt: skip
restriction = st.tuples(st.just("restrict"), st.sampled_from(PLACES[:3]), SOME, PERIOD)
mandate = st.tuples(st.just("mandate"), st.sampled_from(Mandate.Kind.values), SOME, PERIOD, st.booleans())
alarm = st.tuples(st.just("alarm"), st.sampled_from(["person", "nurse"]), HOURS)
change = st.one_of(
    st.tuples(st.just("end"), st.integers(0, 30), HOURS),
    st.tuples(st.just("drop"), st.integers(0, 30)),
    st.tuples(st.just("confirm"), st.integers(0, 30)),
    st.tuples(st.just("die"), st.sampled_from(["patient", "carer"]), st.integers(-3, 3)),
    st.tuples(st.just("born"), st.integers(-3, 3)),
    st.tuples(st.just("account"), st.booleans()),
    st.tuples(st.just("merge"), st.sampled_from(["old practice", "older practice"])),
)
histories = st.builds(
    lambda first, rest: first + rest,
    st.lists(st.one_of(choice, choice, national), min_size=2, max_size=7),
    st.lists(st.one_of(relation, choice, national, restriction, mandate, alarm, change, change), max_size=9),
)


@dataclass
class Scene:
    """The people of one history, and the inputs that were put in so far."""

    zero: datetime = field(default_factory=lambda: timezone.now().replace(minute=0, second=0, microsecond=0))
    inputs: list[models.Model] = field(default_factory=list)

    def __post_init__(self) -> None:
        make = factories.organisation
        self.places: dict[str, Organisation] = {
            "practice": make("gp"), "nursing": make("home_care"), "hospital": make("hospital"),
            "old practice": make("gp"), "older practice": make("gp"),
        }  # fmt: skip
        self.person: Membership = factories.member("gp", at=self.places["practice"])
        self.colleague: Membership = factories.member("gp", at=self.places["practice"])
        self.nurse: Membership = factories.member("district_nurse", at=self.places["nursing"])
        # The sixteenth birthday falls within the days that the histories are about.
        self.patient: Patient = factories.patient(birth_date=self._born(0))
        self.account: User = factories.citizen(self.patient)
        self.carer: Patient = factories.patient()
        self.carer_account: User = factories.citizen(self.carer)
        self.relate("hospital", "source_system", (-500, 1))
        self.relate("practice", "source_system", (-50, None))
        self.relate("nursing", "referral", (-45, 90))

    def _born(self, days: int) -> date:
        day = timezone.localdate(self.zero) + timedelta(days=days)
        return day.replace(year=day.year - 16)

    def at(self, hours: float) -> datetime:
        return self.zero + timedelta(hours=hours)

    def period(self, given: tuple[int, int | None]) -> DateTimeTZRange:
        begins, length = given
        return DateTimeTZRange(self.at(begins), None if length is None else self.at(begins + length))

    def put(self, made: models.Model) -> None:
        made.save()
        self.inputs.append(made)

    # -- the steps of a history

    def relate(self, place: str, source: str, period: tuple[int, int | None]) -> None:
        self.put(
            CareRelation(
                patient=self.patient, organisation=self.places[place], source=source, period=self.period(period)
            )
        )

    def choose(
        self, permit: bool, mask: int, reader: str, holder: str, period: tuple[int, int | None], waits: bool
    ) -> None:
        values: dict[str, Any] = {}
        if reader in self.places:
            values["reader_organisation"] = self.places[reader]
        elif reader in {"person", "colleague"}:
            values["reader_user"] = getattr(self, reader).user
        else:
            values["reader_domain"] = reader
        if holder in self.places:
            values["holder_organisation"] = self.places[holder]
        else:
            values["holder_domain"] = holder.removesuffix(" kind")
        self.put(
            Consent(
                patient=self.patient, permit=permit, categories=mask, awaits=waits and permit,
                period=self.period(period), **values,
            )
        )  # fmt: skip

    def ask(
        self, permitted: int, refused: int, holder: str, reader: str, period: tuple[int, int | None], told: int
    ) -> None:
        values: dict[str, Any] = {}
        for side, name in (("holder", holder), ("reader", reader)):
            if name in self.places:
                values[side] = self.places[name]
            else:
                values[f"{side}_domain"] = name.removesuffix(" kind")
        self.put(
            NationalAnswer(
                patient=self.patient, permitted=permitted & ~refused, refused=refused, told_at=self.at(told),
                period=self.period(period), **values,
            )
        )  # fmt: skip

    def restrict(self, place: str, mask: int, period: tuple[int, int | None]) -> None:
        self.put(
            Restriction(
                patient=self.patient, organisation=self.places[place], categories=mask, period=self.period(period)
            )
        )

    def mandate(self, kind: str, mask: int, period: tuple[int, int | None], acts: bool) -> None:
        self.put(
            Mandate(
                patient=self.patient, holder=self.carer_account, name="Els", kind=kind, categories=mask, acts=acts,
                document="akte", given_by=self.account, period=self.period(period),
            )
        )  # fmt: skip

    def alarm(self, who: str, begins: int) -> None:
        by: Membership = getattr(self, who)
        self.put(
            Emergency(
                patient=self.patient, organisation=by.organisation, user=by.user, role=by.role, reason="acute",
                explanation="x", period=self.period((begins, 1)),
            )
        )  # fmt: skip

    def end(self, number: int, hours: int) -> None:
        if made := self._input(number):
            period, moment = made.period, self.at(hours)  # type: ignore[attr-defined]
            if period.isempty or (period.upper is not None and period.upper <= moment):
                return
            empty = period.lower is not None and period.lower >= moment
            made.period = DateTimeTZRange(empty=True) if empty else DateTimeTZRange(period.lower, moment)  # type: ignore[attr-defined]
            made.save()

    def drop(self, number: int) -> None:
        if made := self._input(number):
            self.inputs.remove(made)
            made.delete()

    def confirm(self, number: int) -> None:
        made = self._input(number)
        if isinstance(made, Consent):
            made.awaits = False
            made.save()

    def _input(self, number: int) -> models.Model | None:
        return self.inputs[number % len(self.inputs)] if self.inputs else None

    def die(self, who: str, days: int) -> None:
        dead: Patient = getattr(self, who)
        dead.deceased_on = timezone.localdate(self.zero) + timedelta(days=days)
        dead.save()

    def born(self, days: int) -> None:
        self.patient.birth_date = self._born(days)
        self.patient.save()

    def account_(self, has: bool) -> None:
        self.carer.account = self.carer_account if has else None
        self.carer.save()

    def merge(self, place: str) -> None:
        into = {"old practice": "practice", "older practice": "old practice"}[place]
        self.places[place].merged_into = self.places[into]
        self.places[place].save()

    def live(self, history: list[tuple[Any, ...]]) -> None:
        for verb, *values in history:
            event(verb)
            getattr(self, "account_" if verb == "account" else verb)(*values)

    # -- what is looked at

    def readers(self) -> Iterator[plain.Reader]:
        for by in (self.person, self.colleague, self.nurse):
            yield plain.Reader("professional", by.user_id, by.organisation_id, "any", "TREAT")
        for user in (self.account, self.carer_account):
            yield plain.Reader("citizen", user.pk, None, "any", "PATRQT")

    def moments(self, person: plain.Person) -> list[datetime]:
        """Every moment at which something begins or ends, and the last moment before it."""
        periods = [
            made.period
            for made in (*person.relations, *person.choices, *person.nationals, *person.limits, *person.proxies, *person.alarms)
        ]  # fmt: skip
        turns = {moment for period in periods for moment in period if moment is not None}
        for days in range(-4, 5):
            turns.add(
                datetime.combine(timezone.localdate(self.zero) + timedelta(days=days), datetime.min.time(), plain.HOME)
            )
        return sorted(turns | {turn - timedelta(microseconds=1) for turn in turns})


def kept() -> list[tuple[Any, ...]]:
    """All grants there are."""
    columns = (
        "patient_id",
        "grantee",
        "categories",
        "own_categories",
        "consented",
        "exceptions",
        "basis",
        "source_id",
        "period",
    )
    return sorted(Grant.objects.values_list(*columns), key=str)


def told(grants: list[Grant], reader: plain.Reader, holder: int | None, moment: datetime) -> tuple[int, int, int, bool]:
    """What derived grants say at a moment, before policies and roles: entries and facts of this holder, own rows, and any grant."""
    if reader.kind == "citizen":
        mine = [g for g in grants if g.grantee == f"person:{reader.user}"]
    else:
        mine = [g for g in grants if g.grantee == f"member:{reader.organisation}:{reader.user}"]
    mine = [g for g in mine if plain.in_force(plain_load.period(g.period), moment)]
    if reader.kind != "citizen":
        instead = {(g.basis, g.source_id) for g in mine}
        mine += [
            g
            for g in grants
            if g.grantee == f"organisation:{reader.organisation}"
            and plain.in_force(plain_load.period(g.period), moment)
            and (g.basis, g.source_id) not in instead
        ]
    shared = facts = own = 0
    for g in mine:
        apart = (g.exceptions or {}).get(str(holder))
        shared |= apart[0] if apart else g.categories
        facts |= apart[1] if apart else g.consented
        own |= g.own_categories
    return shared, facts, own, bool(mine)


def terms_for_all() -> plain.Network:
    """The network with every participant offering everything and every role needing everything."""
    network = plain_load.network()
    line = plain.Line(EVERYTHING, frozenset({"TREAT", "ETREAT"}))
    network.policies = [plain.Version(place, (line,), (None, None)) for place in network.places]
    network.needs = [plain.Need("any", EVERYTHING, (None, None))]
    return network


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=histories)
def test_grants_are_those_of_the_plain_rule_at_every_turn(history: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), factories.as_owner():
        scene = Scene()
        scene.live(history)
        before = kept()
        with connection.cursor() as cursor:
            cursor.execute("select trust_derive(null)")
        assert before == kept(), "derived step by step and from scratch"
        agrees(scene, list(Grant.objects.filter(patient=scene.patient)))
        transaction.set_rollback(True)


def agrees(scene: Scene, grants: list[Grant]) -> None:
    """Hold the grants against the plain rule for every reader and holder at every turn."""
    person, holders = plain_load.persons()[scene.patient.pk], [place.pk for place in scene.places.values()]
    hold_against(person, grants, list(scene.readers()), holders, scene.moments(person), KINDS)


def hold_against(
    person: plain.Person,
    grants: list[Grant],
    readers: list[plain.Reader],
    holders: list[int],
    moments: list[datetime],
    categories: Iterable[Category],
) -> None:
    """Hold derived grants against the plain rule, before policies and roles."""
    network = terms_for_all()
    for reader in readers:
        for moment in moments:
            case = plain.Case(network, person, reader, moment)
            for holder in holders:
                shared, facts, own, related = told(grants, reader, holder, moment)
                assert related == case.sees_index(), (reader, moment)
                if not case.is_holder(holder):
                    continue
                for category in categories:
                    where = (reader, moment, holder, category)
                    if holder == reader.organisation:
                        assert (own >> category & 1 == 1) == case.sees_own(category), where
                    else:
                        assert (shared >> category & 1 == 1) == case.sees_entry(holder, category), where
                        assert (facts >> category & 1 == 1) == case.sees_fact(holder, category), where
