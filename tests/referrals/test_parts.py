"""Main and sub-contractor: a part under its own number, of which the other reads that part and nothing of the whole."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.urls import reverse

from events.actor import act, system
from events.errors import Refused
from events.models import Event, WorkItem
from people.models import Membership, Patient
from referrals import access, actions
from referrals.models import Appointment, Letter, LetterItem, Referral, Report, Step, Supplement
from tests import factories
from tests.referrals.world import World, report, send, supplement, take
from trust.access import open_record
from trust.categories import EVERYTHING, Category

pytestmark = pytest.mark.django_db(transaction=True)


class Job(World):
    """A request that the social team took on, of which it gives a part to another."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.other = factories.service(factories.organisation("social"), "Begeleiding thuis")
        self.sub = factories.member("social_worker", at=self.other.organisation, name="Joris de Wit")
        factories.entry(self.patient, self.sender, "Zelf naar de markt.", kind="matters", category=Category.PLAN)
        factories.entry(self.patient, self.sender, "Elke dag lopen.", kind="goal", category=Category.PLAN)
        with act(factories.actor(self.sender)) as actor:
            opening = access.open_for_referral(actor, self.patient.key)
            groups = access.selection_for(actor, opening, self.service)
            refs = [item.ref for group in groups if not group.reason for item in group.items]
        self.whole = self.send(items=refs, question="GEHEEL: wat kan helpen?")
        take("accept", self.whole, self.receiver)

    def part(self, **values: Any) -> Referral:
        """The part, sent."""
        with act(factories.actor(self.receiver)) as actor:
            opening = access.open_for_referral(actor, self.patient.key)
            whole = access.get_referral(actor, self.whole.pk)
            return actions.engage(
                opening=opening, referral=whole, by=actor,
                **{"service": self.other, "question": "DEEL: twee keer per week.", "agreed": True, **values},
            )  # fmt: skip


def rows_of(member: Membership, patient: Patient, *, opened: bool = True) -> dict[str, list[Any]]:
    """Everything about referrals of one person that the application's own role reads for a member, asking for all there is."""
    with act(factories.actor(member)) as actor:
        if opened:
            open_record(actor, patient.key, EVERYTHING)
        found: dict[str, list[Any]] = {}
        for model in (Referral, Step, Letter, LetterItem, Supplement, Report, Appointment):
            key = "pk" if model is Referral else "referral_id"
            found[model.__name__] = sorted(set(model._default_manager.values_list(key, flat=True)))
        return found


def test_the_other_reads_its_part_and_nothing_of_the_whole_whatever_it_asks() -> None:
    job = Job()
    with act(factories.actor(job.receiver)) as actor:
        report(referral=job.whole, text="GEHEEL: eerste gesprek gehad.", by=actor)
    with act(factories.actor(job.sender)) as actor:
        supplement(referral=job.whole, text="GEHEEL: aanvulling.", by=actor)
    take("plan", job.whole, job.receiver)
    second = factories.service(factories.organisation("social"), "Dagbesteding")
    part, sibling = job.part(), job.part(service=second, question="ANDER DEEL")
    assert len({job.whole.number, part.number, sibling.number}) == 3
    assert rows_of(job.sub, job.patient, opened=False)["Referral"] == [part.pk]
    take("accept", part, job.sub)
    seen = rows_of(job.sub, job.patient)
    assert {name: numbers for name, numbers in seen.items() if numbers} == {
        "Referral": [part.pk], "Step": [part.pk], "Letter": [part.pk],
    }  # fmt: skip
    with act(factories.actor(job.sub)) as actor:
        for hidden in (job.whole, sibling):
            with pytest.raises(Http404):
                access.get_referral(actor, hidden.pk)
            assert access.parts_of(hidden) == []
        open_record(actor, job.patient.key, EVERYTHING)
        with connection.cursor() as cursor:
            for table in (
                "letter",
                "letteritem",
                "step",
                "report",
                "supplement",
                "appointment",
                "round",
                "questionnaireresponse",
            ):
                cursor.execute(
                    f"select count(*) from referrals_{table} where referral_id = any(%s)", [[job.whole.pk, sibling.pk]]
                )
                assert cursor.fetchone()[0] == 0, table
            cursor.execute("select count(*) from referrals_parts(%s)", [job.whole.pk])
            assert cursor.fetchone()[0] == 0
        assert access.whole_of(access.get_referral(actor, part.pk), actor) is None


def test_what_came_with_the_whole_can_go_along_one_by_one_and_nothing_does_by_itself() -> None:
    job = Job()
    with act(factories.actor(job.receiver)) as actor:
        opening = access.open_for_referral(actor, job.patient.key)
        groups = access.part_selection_for(actor, opening, job.other, access.get_referral(actor, job.whole.pk))
        assert not any(group.ticked for group in groups)
        sent = [item.ref for group in groups for item in group.items if item.title == "Zelf naar de markt."]
        assert len(sent) == 1
    part = job.part(items=sent)
    take("accept", part, job.sub)
    with act(factories.actor(job.sub)) as actor:
        opening = access.open_referral(actor, access.get_referral(actor, part.pk))
        assert opening
        assert [item.title for item in access.items_of(opening, part)] == ["Zelf naar de markt."]
    for ref in ("sent:999999", f"sent:{part.pk}", "fact:1"):
        with pytest.raises(Refused):
            job.part(items=[ref])


def test_who_sees_of_a_part_what() -> None:
    job = Job()
    part = job.part()
    take("accept", part, job.sub)
    with act(factories.actor(job.sub)) as actor:
        report(referral=part, text="DEEL: gaat goed.", by=actor)
    with act(factories.actor(job.receiver)) as actor:
        mine = access.get_referral(actor, part.pk)
        opening = access.open_referral(actor, mine)
        assert opening
        assert [one.text for one in access.reports_of(opening, mine)] == ["DEEL: gaat goed."]
        whole = access.whole_of(mine, actor)
        assert whole
        assert whole.pk == job.whole.pk
    with act(factories.actor(job.sender)) as actor:
        (known,) = access.parts_of(access.get_referral(actor, job.whole.pk))
        assert (known.number, known.organisation.pk, known.status) == (
            part.number,
            job.other.organisation_id,
            "accepted",
        )
        with pytest.raises(Http404):
            access.get_referral(actor, part.pk)
    with act(factories.citizen_actor(factories.citizen(job.patient))):
        (known,) = access.parts_of(job.whole)
        assert known.number == part.number
        assert set(Referral.objects.values_list("pk", flat=True)) == {job.whole.pk, part.pk}
    stranger = factories.member("gp")
    with act(factories.actor(stranger)):
        assert access.parts_of(job.whole) == []


def test_a_system_of_who_gave_the_part_out_reads_what_it_is_a_part_of_and_nobody_else(client_of: Any) -> None:
    job = Job()
    part = job.part()
    take("accept", part, job.sub)
    url = f"/fhir/ServiceRequest/{part.pk}"
    read = client_of(job.receiver).get(url).json()
    assert read["basedOn"] == [{"reference": f"ServiceRequest/{job.whole.pk}"}]
    assert "basedOn" not in client_of(job.sub).get(url).json()


def test_the_whole_does_not_end_and_is_not_passed_on_while_a_part_runs() -> None:
    job = Job()
    part = job.part()
    for verb in ("complete", "pass_on"):
        with pytest.raises(Refused) as caught:
            take(verb, job.whole, job.receiver)
        assert part.number in caught.value.message
    other = factories.service(factories.organisation("social"), "Elders")
    with (
        act(factories.actor(job.receiver)),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("select referrals_turn(%s, %s, 'pass_on', '', true, now(), '')", [job.whole.pk, other.pk])
    take("accept", part, job.sub)
    take("complete", part, job.sub)
    assert take("complete", job.whole, job.receiver).status == "completed"


def test_a_withdrawn_whole_asks_who_gave_the_part_to_end_it_and_that_can_be_done() -> None:
    job = Job()
    part = job.part()
    take("accept", part, job.sub)
    take("cancel", job.whole, job.sender)
    with factories.as_owner():
        event = Event.objects.get(verb="referral.cancelled", subject_id=job.whole.pk)
    for _twice in range(2):
        with act(system("referrals", purpose="HOPERAT")) as worker:
            assert actions.end_parts(referral_id=event.subject_id, by=worker) == 1
    with factories.as_owner():
        work = WorkItem.objects.open().get(subject_id=part.pk, organisation_id=job.receiver.organisation_id)
        assert work.title == "Opdracht ingetrokken, beëindig het deel: Begeleiding thuis"
    take("cancel", part, job.receiver)
    assert rows_of(job.sub, job.patient, opened=False)["Letter"] == []


def test_only_who_took_the_whole_on_gives_a_part_once_agreed_and_not_further() -> None:
    job = Job()
    with pytest.raises(Refused) as caught:
        job.part(agreed=False)
    assert caught.value.field == "agreed"
    with pytest.raises(Refused):
        job.part(service=factories.service(job.receiver.organisation, "Eigen aanbod"))
    part = job.part()
    take("accept", part, job.sub)
    with act(factories.actor(job.sub)) as actor:
        opening = access.open_for_referral(actor, job.patient.key)
        mine = access.get_referral(actor, part.pk)
        with pytest.raises(Refused):
            actions.engage(
                opening=opening, referral=mine, service=factories.service(factories.organisation("social"), "Verder"),
                question="Nog verder.", agreed=True, by=actor,
            )  # fmt: skip
    with pytest.raises(PermissionDenied):
        take("engage", job.whole, job.sender)
    with act(factories.actor(job.receiver)) as actor:
        elsewhere = factories.patient(related_to=[job.receiver.organisation])
        wrong = access.open_for_referral(actor, elsewhere.key)
        with pytest.raises(PermissionDenied):
            actions.engage(
                opening=wrong, referral=job.whole, service=job.other, question="?", agreed=True, by=actor
            )  # fmt: skip


def test_the_database_lets_nobody_hang_a_request_under_anothers() -> None:
    """Raw SQL as the application's role: a part under a request that is not the own, of another person, or that is a part."""
    job = Job()
    part = job.part()
    take("accept", part, job.sub)
    stranger = factories.member("gp")
    theirs = factories.patient(related_to=[stranger.organisation, job.receiver.organisation])
    mine = send(stranger, theirs, job.service)
    tries = [
        (stranger, theirs, job.whole),
        (job.sub, job.patient, part),
        (job.receiver, theirs, job.whole),
        (stranger, theirs, mine),
    ]
    for member, patient, whole in tries:
        with act(factories.actor(member)), pytest.raises(DatabaseError), transaction.atomic():
            Referral.objects.create(
                number=f"V-x-{whole.pk}", patient=patient, service=job.other, sending_organisation_id=member.organisation_id,
                receiving_organisation_id=job.other.organisation_id, sender_id=member.user_id, age=70, gender="female",
                based_on_id=whole.pk,
            )  # fmt: skip


def test_the_page_of_the_whole_gives_a_part_in_few_steps(client_of: Any) -> None:
    job = Job()
    url = reverse("referrals:engage", args=[job.whole.pk])
    thread = reverse("referrals:thread", args=[job.whole.pk])
    assert url in client_of(job.receiver).get(thread).content.decode()
    assert client_of(job.sender).get(url).status_code == 403
    assert client_of(job.sub).get(url).status_code == 404
    page = client_of(job.receiver).post(url, {"do": "choose", "service": job.other.pk, "q": ""})
    text = page.content.decode()
    assert "Begeleiding thuis" in text
    assert "checked" not in text.partition('id="along"')[2]
    token = page.context["form"]["token"].value()
    typed = {"do": "send", "service": job.other.pk, "question": "Twee keer per week.", "agreed": "on", "token": token}
    for _twice in range(2):
        answer = client_of(job.receiver).post(url, typed, follow=True)
    with factories.as_owner():
        part = Referral.objects.get(based_on=job.whole)
        assert Step.objects.filter(referral=job.whole, verb="engage").count() == 1
    assert part.number in answer.content.decode()
    text = client_of(job.sender).get(thread).content.decode()
    assert part.number in text
    assert reverse("referrals:thread", args=[part.pk]) not in text
    assert job.whole.number not in client_of(job.sub).get(reverse("referrals:thread", args=[part.pk])).content.decode()
