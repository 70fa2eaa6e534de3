"""Input that is awkward: overlapping and backdated periods, participants that merge, who gave a mandate and died, clocks that differ."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from dossier.models import Entry, Fact
from events.actor import Actor, act
from events.errors import Refused
from events.models import Event
from people.models import Membership, Organisation, Patient
from tests import factories
from trust import actions
from trust.access import acts_for, decide, open_record
from trust.categories import Category
from trust.models import CareRelation, Consent, Grant, Mandate

pytestmark = pytest.mark.django_db(transaction=True)


def sees(who: Membership, patient: Patient, holder: Organisation, category: Category = Category.RESULTS) -> bool:
    with act(factories.actor(who)) as actor:
        return category in decide(actor, patient, [category]).facts_of(holder.pk)


def manager() -> Actor:
    region = factories.organisation("region")
    member = factories.member("coordinator", at=region)
    factories.permit(member, "manage_admission")
    return factories.actor(member)


def test_overlapping_relations_end_one_by_one_and_access_with_the_last() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    stated = factories.relation(patient, gp.organisation, source="stated", period=factories.since(3))
    with factories.as_owner():
        first = patient.care_relations.exclude(pk=stated.pk).get()
    for relation, left in ((stated, True), (first, False)):
        with act(factories.actor(gp)) as actor:
            actions.close_relation(relation=relation, by=actor)
        with act(factories.actor(gp)) as actor:
            assert bool(decide(actor, patient, [Category.PLAN])) is left


def test_overlapping_choices_of_one_weight_come_down_to_the_objection() -> None:
    nurse, gp = factories.member("district_nurse"), factories.organisation("gp")
    patient = factories.patient(related_to=[nurse.organisation, gp])
    factories.consent(patient, Category.RESULTS, period=factories.since(9))
    assert sees(nurse, patient, gp)
    factories.consent(patient, Category.RESULTS, permit=False, period=factories.since(20))
    assert not sees(nurse, patient, gp), "which of the two is the older does not matter"


def test_a_backdated_relation_opens_from_now_and_changes_no_line_that_was_written() -> None:
    gp = factories.member("gp")
    patient = factories.patient()
    with act(factories.actor(gp)) as actor, pytest.raises(Exception):  # noqa: B017 - a stranger, whatever the word
        open_record(actor, patient.key, [Category.PLAN])
    factories.relation(patient, gp.organisation, period=factories.since(100))
    with act(factories.actor(gp)) as actor:
        assert open_record(actor, patient.key, [Category.PLAN])
    with factories.as_owner():
        assert list(Event.objects.filter(patient_id=patient.pk).order_by("id").values_list("outcome", flat=True)) == [
            "denied",
            "allowed",
        ]


def test_nobody_backdates_a_choice_or_gives_it_an_end_in_the_past() -> None:
    patient = factories.patient()
    user = factories.citizen(patient)
    with act(factories.citizen_actor(user)) as actor, pytest.raises(Refused) as refused:
        actions.choose(
            patient=patient, permit=True, categories=[Category.PLAN], by=actor, ends=timezone.localdate() - timedelta(1)
        )
    assert refused.value.field == "ends"
    with act(factories.citizen_actor(user)) as actor:
        before = timezone.now() - timedelta(minutes=1)
        made = actions.choose(
            patient=patient, permit=True, categories=[Category.PLAN], by=actor, ends=timezone.localdate()
        )
        made.refresh_from_db()
    assert made.period.lower > before
    assert made.period.upper > timezone.now(), "the day of the end counts in whole"


@pytest.mark.parametrize("skew", [timedelta(hours=-2), timedelta(hours=2)])
def test_a_web_server_whose_clock_differs_changes_nothing(skew: timedelta) -> None:
    nurse, gp = factories.member("district_nurse"), factories.organisation("gp")
    patient = factories.patient(related_to=[nurse.organisation, gp])
    user = factories.citizen(patient)
    real = timezone.now
    with mock.patch("django.utils.timezone.now", side_effect=lambda: real() + skew):
        with act(factories.citizen_actor(user)) as actor:
            made = actions.choose(patient=patient, permit=True, categories=[Category.RESULTS], by=actor)
        assert sees(nurse, patient, gp), "the choice counts from the moment of the database"
        with act(factories.citizen_actor(user)) as actor:
            actions.withdraw(consent=made, by=actor)
        assert not sees(nurse, patient, gp)
        with act(factories.actor(nurse)) as actor:
            relation = CareRelation.objects.get(patient=patient, organisation=nurse.organisation)
            actions.close_relation(relation=relation, by=actor)
        with act(factories.actor(nurse)) as actor:
            assert not decide(actor, patient, [Category.PLAN])


def test_a_relation_that_a_source_dates_in_the_future_opens_nothing_yet() -> None:
    gp = factories.member("gp")
    patient = factories.patient()
    factories.relation(patient, gp.organisation, period=DateTimeTZRange(timezone.now() + timedelta(minutes=5), None))
    with act(factories.actor(gp)) as actor:
        assert not decide(actor, patient, [Category.PLAN])


def test_an_objection_follows_a_merger_and_a_permission_does_not() -> None:
    small, large = factories.organisation("home_care"), factories.organisation("home_care")
    gp = factories.organisation("gp")
    nurse = factories.member("district_nurse", at=large)
    objecting, permitting = (factories.patient(related_to=[large, gp]) for _n in range(2))
    for patient in (objecting, permitting):
        factories.consent(patient, Category.RESULTS, reader_domain="home_care", permit=patient is objecting)
    factories.consent(objecting, Category.RESULTS, permit=False, reader_organisation=small)
    factories.consent(permitting, Category.RESULTS, permit=True, reader_organisation=small)
    assert sees(nurse, objecting, gp)
    with act(manager()) as actor:
        actions.merge_organisations(organisation=small, into=large, by=actor)
    assert not sees(nurse, objecting, gp), "who refused the small one does not find the large one reading"
    assert not sees(nurse, permitting, gp), "a permission is for whom it was given"
    with act(manager()) as actor:
        larger = factories.organisation("home_care")
        actions.merge_organisations(organisation=large, into=larger, by=actor)
    colleague = factories.member("district_nurse", at=larger)
    assert not sees(colleague, objecting, gp), "also when the successor merges once more"


def test_a_merger_brings_over_people_relations_and_what_was_held() -> None:
    small, large = factories.organisation("home_care"), factories.organisation("home_care")
    nurse = factories.member("district_nurse", at=small)
    patient = factories.patient(related_to=[small])
    source = factories.source(small, kind="ecd")
    factories.fact(patient, source, category=Category.FUNCTIONING, title="Loopt met rollator")
    factories.entry(patient, nurse, "Bloeddruk 140/80", kind="measurement", category=Category.RESULTS)
    with act(manager()) as actor:
        actions.merge_organisations(organisation=small, into=large, by=actor)
    here = Membership.objects.current().get(user=nurse.user)
    assert here.organisation == large
    with act(factories.actor(here)) as actor:
        open_record(actor, patient.key, Category)
        assert [fact.title for fact in Fact.objects.all()] == ["Loopt met rollator"]
        assert [entry.text for entry in Entry.objects.all()] == ["Bloeddruk 140/80"]
    with act(factories.actor(nurse)) as actor:
        assert not decide(actor, patient, Category), "the one that merged reads no more"


def test_a_merger_is_the_regions_decision_and_waits_for_open_work() -> None:
    small, large, gp = (factories.organisation(domain) for domain in ("home_care", "home_care", "gp"))
    nurse = factories.member("district_nurse", at=small)
    with act(factories.actor(nurse)) as actor, pytest.raises(PermissionDenied):
        actions.merge_organisations(organisation=small, into=large, by=actor)
    for into, field in ((gp, "into"), (small, "into")):
        with act(manager()) as actor, pytest.raises(Refused) as refused:
            actions.merge_organisations(organisation=small, into=into, by=actor)
        assert refused.value.field == field


def test_a_mandate_ends_when_its_giver_or_its_holder_dies() -> None:
    for who in ("giver", "holder"):
        patient, daughter = factories.patient(), factories.patient()
        account = factories.citizen(daughter)
        with factories.as_owner():
            Mandate.objects.create(
                patient=patient, holder=account, name="Els", kind="carer", categories=(1 << 20) - 1,
                given_by=factories.citizen(patient), period=factories.since(9),
            )  # fmt: skip
        with act(factories.citizen_actor(account)) as actor:
            assert patient in acts_for(actor)
        with factories.as_owner():
            (patient if who == "giver" else daughter).deceased_on = timezone.localdate()
            (patient if who == "giver" else daughter).save(update_fields=["deceased_on"])
        with act(factories.citizen_actor(account)) as actor:
            assert patient not in acts_for(actor), who
        with factories.as_owner():
            assert not Grant.objects.current().filter(patient=patient, basis__startswith="mandate").exists()


def test_nobody_is_mandated_for_who_has_died_nor_a_parent_for_who_is_sixteen() -> None:
    gp = factories.member("gp")
    dead = factories.patient(related_to=[gp.organisation], deceased_on=timezone.localdate())
    grown = factories.patient(
        related_to=[gp.organisation],
        birth_date=timezone.localdate().replace(year=timezone.localdate().year - 16, day=1),
    )
    for patient, kind in ((dead, "curator"), (grown, "parent")):
        with act(factories.actor(gp)) as actor, pytest.raises(Refused):
            actions.give_mandate(
                patient=patient, kind=kind, name="X", categories=Category, acts=True, document="Beschikking", by=actor
            )


def test_the_mandate_of_a_parent_ends_at_the_sixteenth_birthday() -> None:
    born = timezone.localdate() - timedelta(days=15 * 365)
    child, parent = factories.patient(birth_date=born), factories.patient()
    account = factories.citizen(parent)
    with factories.as_owner():
        Mandate.objects.create(
            patient=child, holder=account, name="Ouder", kind="parent", categories=(1 << 20) - 1, acts=True,
            document="Uittreksel gezagsregister", given_by=account, period=factories.since(9),
        )  # fmt: skip
        grant = Grant.objects.get(patient=child, basis="mandate:parent")
        assert timezone.localtime(grant.period.upper).date() == born.replace(year=born.year + 16)


def test_a_permission_under_sixteen_waits_for_a_guardian_and_an_objection_counts_at_once() -> None:
    nurse, gp = factories.member("district_nurse"), factories.organisation("gp")
    child = factories.patient(
        related_to=[nurse.organisation, gp], birth_date=timezone.localdate() - timedelta(days=13 * 365)
    )
    account, parent = factories.citizen(child), factories.citizen(factories.patient())
    with factories.as_owner():
        Mandate.objects.create(
            patient=child, holder=parent, name="Ouder", kind="parent", categories=(1 << 20) - 1, acts=True,
            document="Uittreksel gezagsregister", given_by=parent, period=factories.since(9),
        )  # fmt: skip
    with act(factories.citizen_actor(account)) as actor:
        chosen = actions.choose(patient=child, permit=True, categories=[Category.RESULTS], by=actor)
    assert not sees(nurse, child, gp)
    with act(factories.citizen_actor(account)) as actor, pytest.raises(PermissionDenied):
        actions.confirm_choice(consent=Consent.objects.get(pk=chosen.pk), by=actor)
    with act(factories.citizen_actor(parent)) as actor:
        actions.confirm_choice(consent=Consent.objects.get(pk=chosen.pk), by=actor)
    assert sees(nurse, child, gp)
    with act(factories.citizen_actor(account)) as actor:
        actions.choose(patient=child, permit=False, categories=[Category.RESULTS], by=actor)
    assert not sees(nurse, child, gp)
