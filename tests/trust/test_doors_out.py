"""What leaves the product, and what only counts: the complete copy holds what may be seen, figures, news and registers name nobody."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from events.actor import act, system
from people.models import Membership, OrganisationPermission, Patient, User
from referrals.models import Referral
from rights.actions.copies import ask_copy, make_next
from rights.models import ExportFile
from tests import factories
from tests.exchange.stage import deliver, happens
from tests.trust import combinations, plain, plain_load
from tests.trust.combinations import Stage
from tests.trust.doors import MARK, Planted, allowed, look, plant
from trust.access import get_acted_for
from trust.models import Mandate

pytestmark = pytest.mark.django_db(transaction=True)


def copy_of(user: User, patient: Patient) -> str:
    """All the text in the complete copy that somebody asks for and a worker makes."""
    with act(factories.citizen_actor(user)) as actor:
        ask_copy(patient=get_acted_for(actor, patient.key), by=actor)
    assert make_next(by=system("copies", purpose="PATRQT"))
    with factories.as_owner():
        content = bytes(ExportFile.objects.latest("pk").content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return "\n".join(file.read(name).decode() for name in file.namelist())


def test_the_complete_copy_holds_what_who_asks_may_see_and_no_more() -> None:
    stage = combinations.stage()
    wanted = [("citizen", mandate, choice) for mandate in ("mandate", "mentor") for choice in ("nothing", "restricted")]
    planted = plant(stage, combinations.arrange(stage, wanted, each=1))
    assert stage.carer is not None
    people = [(one, stage.carer) for one in planted]
    people += [(one, factories.citizen(one.combination.patient)) for one in planted[:2]]
    network, persons = plain_load.network(), plain_load.persons()
    for one, user in people:
        reader = plain.Reader("citizen", user.pk, None, "citizen", "PATRQT")
        case = plain.Case(network, persons[one.combination.patient.pk], reader, combinations.moment())
        seen, may = look(one, copy_of(user, one.combination.patient), 200), allowed(case, one)
        who = "self" if user != stage.carer else one.combination.relation
        assert seen.marks <= may, (who, "leaked", sorted(seen.marks - may))
        assert not seen.strangers, who
        assert {mark for mark in may - seen.marks if mark[0] != "l"} == set(), (who, "withheld")


def test_a_mandate_that_only_looks_takes_no_copy_of_another(citizen_client: Callable[[User], Client]) -> None:
    stage = combinations.stage()
    (one,) = plant(stage, combinations.arrange(stage, [("citizen", "mandate ended", "nothing")], each=1))
    assert stage.carer is not None
    client = citizen_client(stage.carer)
    session = client.session
    session["acted_for"] = str(one.combination.patient.key)
    session.save()
    answer = client.post(reverse("rights:export"), follow=True)
    assert not MARK.search(answer.content.decode())
    with factories.as_owner():
        assert not ExportFile.objects.exists()
        assert Mandate.objects.exists()


@pytest.fixture
def scene() -> tuple[Stage, list[Planted]]:
    """Patients of every relation whose marks nobody should meet where only is counted."""
    stage = combinations.stage()
    wanted = [("gp", relation, "permit everybody") for relation in combinations.RELATIONS]
    return stage, plant(stage, combinations.arrange(stage, wanted, each=1))


COUNTING = (
    "dashboards:waiting_times", "dashboards:emergencies", "dashboards:definitions", "exchange:notifications", "rights:register",
    "rights:register_json", "rights:register_csv", "square:search", "square:participants", "exchange:service_requests",
    "oversight:home", "oversight:emergencies", "oversight:policies", "oversight:needs",
)  # fmt: skip


def test_figures_registers_and_terms_name_nobody(
    scene: tuple[Stage, list[Planted]], client_of: Callable[[Membership], Client]
) -> None:
    stage, planted = scene
    with factories.as_owner():
        for role in ("coordinator", "manager", "privacy_officer"):
            member = stage.readers[role]
            for codename in ("see_dashboards", "manage_rules", "manage_policy"):
                OrganisationPermission.objects.assign_perm(codename, member.user, member.organisation)
    for role in ("coordinator", "manager", "privacy_officer"):
        client = client_of(stage.readers[role])
        for page in COUNTING:
            answer = client.get(reverse(page))
            assert answer.status_code < 500, (role, page)
            text = answer.content.decode()
            assert not MARK.search(text), (role, page)
            assert not [one.name for one in planted if one.name in text], (role, page)


def test_news_names_nobody(scene: tuple[Stage, list[Planted]], monkeypatch: pytest.MonkeyPatch) -> None:
    stage, planted = scene
    sent: list[str] = []
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda mail, **_: sent.append(str(mail.message())))
    with factories.as_owner():
        referral = Referral.objects.get(patient=planted[1].combination.patient)
    happens("referral.sent", referral, stage.readers["specialist"])
    deliver()
    assert sent
    for text in sent:
        assert not MARK.search(text)
        assert planted[1].name not in text
