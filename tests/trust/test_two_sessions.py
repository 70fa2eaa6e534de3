"""Two sessions change who may see what at the same time: nobody waits for ever, and what is left is what the inputs say."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone

from events.actor import Actor, act
from events.errors import Refused
from people.models import Patient, User
from tests import factories
from tests.trust import combinations, plain, plain_load
from tests.trust.test_histories import hold_against, kept
from trust import actions
from trust.categories import EVERYTHING, Category
from trust.models import CareRelation, Consent, Emergency, Grant, Mandate, Restriction

pytestmark = pytest.mark.django_db(transaction=True)
SOME = (Category.PLAN, Category.RESULTS, Category.SOCIAL)
Step = Callable[[], object]


@dataclass
class Scene:
    """A patient with relations at two practices, the people who change things, and what they do."""

    chance: random.Random
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gp, self.nurse = factories.member("gp"), factories.member("district_nurse")
        self.hospital = factories.organisation("hospital")
        self.patient: Patient = factories.patient(related_to=[self.hospital, self.nurse.organisation])
        self.other: Patient = factories.patient(related_to=[self.hospital])
        self.relation: CareRelation = factories.relation(self.patient, self.gp.organisation, source="stated")
        self.account: User = factories.citizen(self.patient)
        self.carer: User = factories.citizen(self.other)
        self.officer = factories.member("privacy_officer", at=self.hospital)

    # -- what somebody may do; a refusal is an answer, anything else is a fault

    def _now(self, model: type[Consent | Emergency | Mandate | Restriction]) -> int | None:
        with factories.as_owner():
            found = list(
                model._default_manager.filter(patient=self.patient, period__contains=timezone.now()).order_by("pk")
            )
        return self.chance.choice(found).pk if found else None

    def choose(self, by: Actor) -> None:
        readers: list[dict[str, object]] = [
            {}, {"reader_domain": "gp"}, {"reader_organisation": self.gp.organisation}, {"reader_user": self.gp.user},
            {"holder_organisation": self.hospital}, {"holder_domain": "hospital"},
        ]  # fmt: skip
        actions.choose(
            patient=self.patient, permit=self.chance.random() < 0.6,
            categories=self.chance.sample(SOME, self.chance.randint(1, 3)), by=by, **self.chance.choice(readers),  # type: ignore[arg-type]
        )  # fmt: skip

    def citizen(self) -> None:
        """The citizen chooses, withdraws, gives a mandate or ends one."""
        consent, mandate = self._now(Consent), self._now(Mandate)
        with act(factories.citizen_actor(self.account)) as by:
            what = self.chance.randrange(5)
            if what == 0 and consent:
                actions.withdraw(consent=Consent.objects.get(pk=consent), by=by)
            elif what == 1:
                _mandate, code = actions.give_mandate(
                    patient=self.patient, kind="carer", name="Els", categories=SOME, acts=True, by=by
                )
                with transaction.atomic(), act(factories.citizen_actor(self.carer)) as carer:
                    actions.take_up(code=code, by=carer)
            elif what == 2 and mandate:
                actions.end_mandate(mandate=Mandate.objects.get(pk=mandate), by=by)
            else:
                self.choose(by)

    def practice(self) -> None:
        """The practice confirms or ends its relation, starts or ends an emergency, or writes down a choice."""
        alarm = self._now(Emergency)
        with act(factories.actor(self.gp)) as by:
            what = self.chance.randrange(5)
            if what == 0:
                actions.confirm_relation(relation=self.relation, by=by)
            elif what == 1 and self.chance.random() < 0.3:
                actions.close_relation(relation=self.relation, by=by)
            elif what == 2:
                number = self.patient.identity.bsn
                actions.start_emergency(
                    reason="acute", explanation="Kortademig in de nacht.", by=by, bsn=number,
                    birth_date=self.patient.birth_date,
                )  # fmt: skip
            elif what == 3 and alarm:
                actions.end_emergency(emergency=Emergency.objects.get(pk=alarm), by=by)
            else:
                actions.choose(
                    patient=self.patient, permit=True, categories=SOME, by=by, reader_domain="gp", established="balie"
                )

    def source(self) -> None:
        """The source systems report: a relation begins or ends, a restriction is placed or lifted."""
        what = self.chance.randrange(4)
        with factories.as_owner(), transaction.atomic():
            if what == 0:
                CareRelation.objects.create(
                    patient=self.patient, organisation=self.nurse.organisation, source="source_system",
                    period=combinations.span(-self.chance.random(), self.chance.choice([None, 3.0])),
                )  # fmt: skip
            elif what == 1:
                CareRelation.objects.filter(patient=self.patient, organisation=self.nurse.organisation).update(
                    period=combinations.span(-5, -0.001)
                )
            elif what == 2:
                Restriction.objects.create(
                    patient=self.patient,
                    organisation=self.hospital,
                    categories=1 << SOME[0],
                    period=combinations.span(-1, None),
                )
            else:
                Restriction.objects.filter(patient=self.patient).update(period=combinations.span(-1, -0.0001))

    def live(self, step: Step, times: int) -> None:
        """One session: so many steps one after another, each with its own commit."""
        try:
            for _ in range(times):
                with suppress(Refused, PermissionDenied, Http404):
                    step()
        except Exception as fault:  # every fault of this thread is told to the test
            self.faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            connection.close()


def together(scene: Scene, *steps: Step, times: int) -> None:
    """Let each of these go on in its own session, all at once, until they are done; at most half a minute."""
    threads = [threading.Thread(target=scene.live, args=(step, times)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "one session waits for ever"
    assert not scene.faults


def stands(scene: Scene) -> None:
    """What the database holds now is what it would derive from scratch, and what the plain rule says."""
    with factories.as_owner(), connection.cursor() as cursor:
        before = kept()
        cursor.execute("select trust_derive(null)")
        assert before == kept()
    readers = [
        plain.Reader("professional", by.user_id, by.organisation_id, "any", "TREAT") for by in (scene.gp, scene.nurse)
    ] + [plain.Reader("citizen", user.pk, None, "any", "PATRQT") for user in (scene.account, scene.carer)]
    with factories.as_owner():
        grants = list(Grant.objects.filter(patient=scene.patient))
    person, holders = plain_load.persons()[scene.patient.pk], [scene.hospital.pk, scene.gp.organisation_id]
    hold_against(person, grants, readers, holders, [combinations.moment()], EVERYTHING)


@pytest.mark.parametrize("seed", range(6))
def test_two_histories_at_once_leave_what_their_inputs_say(seed: int) -> None:
    scene = Scene(random.Random(seed))
    pairs: list[tuple[Step, Step]] = [
        (scene.citizen, scene.practice), (scene.citizen, scene.citizen), (scene.practice, scene.source),
        (scene.citizen, scene.source), (scene.practice, scene.practice), (scene.source, scene.source),
    ]  # fmt: skip
    together(scene, *pairs[seed], times=14)
    stands(scene)


def test_choosing_ending_and_confirming_at_the_same_moment() -> None:
    scene = Scene(random.Random(7))
    start = threading.Barrier(3)

    def chosen() -> None:
        start.wait(10)
        with act(factories.citizen_actor(scene.account)) as by:
            actions.choose(patient=scene.patient, permit=True, categories=SOME, by=by)

    def ended() -> None:
        start.wait(10)
        with act(factories.actor(scene.gp)) as by:
            actions.close_relation(relation=scene.relation, by=by)

    def confirmed() -> None:
        start.wait(10)
        with act(factories.actor(scene.gp)) as by:
            actions.confirm_relation(relation=scene.relation, by=by)

    for _ in range(5):
        together(scene, chosen, ended, confirmed, times=1)
        stands(scene)
        with factories.as_owner():
            scene.relation.refresh_from_db()
            assert scene.relation.period.upper is not None, "ended, whoever came first"
            assert Consent.objects.filter(patient=scene.patient, period__contains=timezone.now()).count() == 1
            scene.relation = CareRelation.objects.create(
                patient=scene.patient, organisation=scene.gp.organisation, source="stated",
                period=combinations.span(-3, None),
            )  # fmt: skip


def test_the_same_choice_twice_at_once_is_kept_once() -> None:
    scene = Scene(random.Random(8))
    start = threading.Barrier(2)

    def chosen() -> None:
        start.wait(10)
        with act(factories.citizen_actor(scene.account)) as by:
            actions.choose(patient=scene.patient, permit=False, categories=[Category.RESULTS], by=by)

    together(scene, chosen, chosen, times=1)
    with factories.as_owner():
        later = timezone.now() + timedelta(seconds=1)
        assert Consent.objects.filter(patient=scene.patient, period__contains=later).count() == 1
    stands(scene)
