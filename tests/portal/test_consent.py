"""The citizen's choices: exceptions on every axis, an end, what waits for a guardian, and no to everything and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.models import Event
from people.models import Membership, Patient, User
from tests import factories
from tests.portal.scene import Scene, act_for, mandate, stranger_account, text
from trust.access import decide
from trust.categories import Category, from_mask
from trust.models import Consent

pytestmark = pytest.mark.django_db(transaction=True)
MEDICATION = {Category.MEDICATION, Category.ALLERGIES}


def facts(who: Membership, patient: Patient, holder_id: int, category: Category = Category.MEDICATION) -> bool:
    """Whether a professional may see facts in the systems of a holder."""
    with act(factories.actor(who)) as actor:
        return category in decide(actor, patient, [category]).facts_of(holder_id)


def consents() -> list[Consent]:
    with factories.as_owner():
        return list(Consent.objects.order_by("pk"))


def test_an_exception_about_one_holder_closes_that_holder_alone(scene: Scene, client: Client) -> None:
    factories.relation(scene.patient, scene.nurse.organisation)
    factories.relation(scene.patient, scene.team)
    client.post("/portal/consent/all/medication/permit/")
    assert facts(scene.nurse, scene.patient, scene.practice.pk)
    answer = client.post(
        "/portal/consent/new/home_care/",
        {"answer": "refuse", "groups": ["medication"], "holder": f"organisation-{scene.practice.pk}", "until": "none"},
        follow=True,
    )
    page = " ".join(answer.content.decode().split())
    assert "Wijkverpleging en thuiszorg: u weigert dat zij uw medicijnen en allergieën zien." in page
    assert "Het gaat om gegevens van Huisartsenpraktijk De Linde." in page
    assert not facts(scene.nurse, scene.patient, scene.practice.pk)
    assert facts(scene.nurse, scene.patient, scene.team.pk)


def test_an_exception_about_a_kind_of_holder(scene: Scene, client: Client) -> None:
    ggz = factories.organisation("mental_health")
    for place in (ggz, scene.nurse.organisation):
        factories.relation(scene.patient, place)
    client.post("/portal/consent/all/medication/permit/")
    client.post(
        "/portal/consent/new/all/",
        {"answer": "refuse", "groups": ["medication"], "holder": "mental_health", "until": "none"},
    )
    assert not facts(scene.nurse, scene.patient, ggz.pk)
    assert facts(scene.nurse, scene.patient, scene.practice.pk)


def test_an_exception_about_one_person_who_looked_closes_that_person_alone(scene: Scene, client: Client) -> None:
    other = factories.member("gp", scene.practice, "K. de Jong")
    factories.relation(scene.patient, scene.team)
    client.post("/portal/consent/gp/medication/permit/")
    scene.look(scene.gp, Category.PLAN)
    assert f"/portal/consent/new/person-{scene.gp.user_id}/" in text(client, "/portal/consent/new/")
    assert f'value="person-{scene.gp.user_id}"' not in text(client, f"/portal/consent/new/person-{scene.gp.user_id}/")
    client.post(
        f"/portal/consent/new/person-{scene.gp.user_id}/",
        {"answer": "refuse", "groups": ["medication"], "holder": "all", "until": "none"},
    )
    assert not facts(scene.gp, scene.patient, scene.team.pk)
    assert facts(other, scene.patient, scene.team.pk)
    assert "M. Smit: u weigert dat deze persoon uw medicijnen en allergieën ziet." in text(client, "/portal/consent/")


def test_a_person_who_never_came_near_the_record_cannot_be_named(scene: Scene, client: Client) -> None:
    stranger = factories.member("gp", name="V. Reemd")
    assert "V. Reemd" not in text(client, "/portal/consent/new/")
    assert client.get(f"/portal/consent/new/person-{stranger.user_id}/").status_code == 404
    assert client.post(f"/portal/consent/person-{stranger.user_id}/medication/permit/").status_code == 404


def test_another_organisation_is_found_by_name_or_place(scene: Scene, client: Client) -> None:
    found = factories.organisation("pharmacy", "Apotheek Het Anker", place="Weesp")
    factories.organisation("region", "Netwerk Weesp")
    for typed in ("anker", "weesp apotheek"):
        page = text(client, f"/portal/consent/new/?q={typed}")
        assert f"/portal/consent/new/organisation-{found.pk}/" in page
        assert "Netwerk Weesp" not in page
    assert "Geen organisatie gevonden" in text(client, "/portal/consent/new/?q=bestaatniet")


@pytest.mark.parametrize(("until", "days"), [("3", 92), ("12", 366)])
def test_a_choice_ends_by_itself(scene: Scene, client: Client, until: str, days: int) -> None:
    client.post(
        "/portal/consent/new/gp/", {"answer": "permit", "groups": ["medication"], "holder": "all", "until": until}
    )
    [made] = consents()
    ahead = (timezone.localdate(made.period.upper) - timezone.localdate()).days
    assert days - 4 <= ahead <= days
    assert "Telt tot en met" in text(client, "/portal/consent/")


def test_the_last_day_still_counts(scene: Scene, client: Client) -> None:
    day = timezone.localdate() + timedelta(days=10)
    form = {"answer": "permit", "groups": ["medication"], "holder": "all", "until": "day"}
    client.post("/portal/consent/new/gp/", {**form, "day": day.isoformat()})
    [made] = consents()
    assert timezone.localdate(made.period.upper) == day


@pytest.mark.parametrize("day", ["", "2020-01-01", "2999-01-01", "morgen"])
def test_a_day_that_cannot_be_is_said_at_the_field(client: Client, day: str) -> None:
    form = {"answer": "permit", "groups": ["medication"], "holder": "all", "until": "day", "day": day}
    answer = client.post("/portal/consent/new/gp/", form)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not consents()


def test_an_exception_can_be_taken_away_and_is_told(scene: Scene, client: Client) -> None:
    factories.relation(scene.patient, scene.team)
    client.post("/portal/consent/gp/medication/permit/")
    client.post(
        f"/portal/consent/new/organisation-{scene.practice.pk}/",
        {"answer": "refuse", "groups": ["medication"], "holder": "all", "until": "none"},
    )
    assert not facts(scene.gp, scene.patient, scene.team.pk)
    made = consents()[-1]
    client.post(f"/portal/consent/{made.pk}/withdraw/")
    assert facts(scene.gp, scene.patient, scene.team.pk)
    with factories.as_owner():
        assert Event.objects.filter(verb="consent.withdrawn", subject_id=made.pk).count() == 1
    assert client.post(f"/portal/consent/{made.pk}/withdraw/").status_code == 404


def test_a_choice_of_somebody_else_is_not_there(scene: Scene, client: Client) -> None:
    theirs = factories.consent(factories.patient())
    for verb in ("withdraw", "confirm"):
        assert client.post(f"/portal/consent/{theirs.pk}/{verb}/").status_code == 404


def test_a_permission_that_another_choice_beats_is_said_to(scene: Scene, client: Client) -> None:
    factories.consent(scene.patient, *MEDICATION, permit=False, reader_organisation=scene.practice)
    factories.consent(scene.patient, *MEDICATION, permit=True, reader_organisation=scene.practice)
    assert "een andere keuze gaat voor een deel hiervan voor" in text(client, "/portal/consent/")


def test_what_the_national_service_holds_is_read_only(scene: Scene, client: Client) -> None:
    told = factories.consent(scene.patient, *MEDICATION, permit=False, holder_domain="gp", origin="national")
    page = text(client, "/portal/consent/")
    assert "Wijzig in Mitz" in page
    assert f"/portal/consent/{told.pk}/withdraw/" not in page
    assert client.post(f"/portal/consent/{told.pk}/withdraw/").status_code == 404


def test_one_objecting_group_leaves_the_date_of_the_others(scene: Scene, client: Client) -> None:
    factories.consent(scene.patient, reader_domain="gp", established="aan de balie")
    before = {consent.period.lower for consent in consents()}
    client.post("/portal/consent/gp/medication/refuse/")
    [rest] = [one for one in consents() if one.permit and one.period.upper is None]
    assert rest.period.lower in before
    assert Category.MEDICATION not in from_mask(rest.categories)
    assert rest.established == "aan de balie"


def test_no_to_everything_and_back(scene: Scene, client: Client) -> None:
    factories.relation(scene.patient, scene.team)
    until = timezone.now() + timedelta(days=40)
    factories.consent(
        scene.patient, *MEDICATION, reader_domain="gp", period=DateTimeTZRange(timezone.now() - timedelta(5), until)
    )
    factories.consent(scene.patient, Category.PROBLEMS, reader_organisation=scene.practice, holder_domain="social")
    assert facts(scene.gp, scene.patient, scene.team.pk)
    answer = client.post("/portal/consent/everything/refuse/", follow=True)
    assert "U weigert nu alles." in answer.content.decode()
    for category in (Category.MEDICATION, Category.PROBLEMS, Category.PLAN):
        with act(factories.actor(scene.gp)) as actor:
            assert category not in decide(actor, scene.patient, [category]).allowed
        assert not facts(scene.gp, scene.patient, scene.team.pk, category)
    client.post("/portal/consent/everything/undo/")
    assert facts(scene.gp, scene.patient, scene.team.pk, Category.PROBLEMS)
    assert facts(scene.gp, scene.patient, scene.team.pk)
    [back] = [
        one
        for one in consents()
        if one.reader_domain == "gp" and one.period.upper and one.period.upper > timezone.now()
    ]
    assert timezone.localdate(back.period.upper) == timezone.localdate(until)


def test_no_to_everything_can_be_taken_back_in_a_later_session(
    scene: Scene, client: Client, citizen_client: Callable[[User], Client]
) -> None:
    client.post("/portal/consent/everything/refuse/")
    later = citizen_client(scene.user)
    assert "Niet meer alles weigeren" in text(later, "/portal/consent/")
    later.post("/portal/consent/everything/undo/")
    assert "Alles weigeren" in text(later, "/portal/consent/")
    assert later.post("/portal/consent/everything/undo/").status_code == 404


class Child:
    """Somebody of thirteen, and a parent who signs in too."""

    def __init__(self) -> None:
        self.practice = factories.organisation("gp", "Huisartsenpraktijk De Linde")
        self.gp = factories.member("gp", self.practice, "M. Smit")
        self.team = factories.organisation("social")
        born = date(timezone.localdate().year - 13, 1, 1)
        self.patient = factories.patient(related_to=[self.practice, self.team], birth_date=born, own_name="Bakker")
        self.user = factories.citizen(self.patient)
        self.parent = stranger_account()
        mandate(self.patient, self.parent, acts=True, kind="parent", name="P. Bakker", document="uittreksel BRP")


def test_a_child_permits_and_a_parent_confirms(citizen_client: Callable[[User], Client]) -> None:
    family = Child()
    child, parent = citizen_client(family.user), act_for(citizen_client(family.parent), family.patient)
    answer = child.post("/portal/consent/gp/medication/permit/", follow=True)
    assert "Dit telt pas als een ouder of voogd het goedvindt." in answer.content.decode()
    assert "Wacht op een ouder of voogd" in text(child, "/portal/consent/")
    assert not facts(family.gp, family.patient, family.team.pk)
    [waiting] = consents()
    assert child.post(f"/portal/consent/{waiting.pk}/confirm/").status_code == 403
    assert "Er wacht 1 keuze" in text(parent, "/portal/")
    assert "Ik vind het goed" in text(parent, "/portal/consent/")
    parent.post(f"/portal/consent/{waiting.pk}/confirm/")
    assert facts(family.gp, family.patient, family.team.pk)
    page = text(child, "/portal/changes/")
    assert "P. Bakker vond een keuze goed" in page


def test_a_parent_turns_it_down(citizen_client: Callable[[User], Client]) -> None:
    family = Child()
    child, parent = citizen_client(family.user), act_for(citizen_client(family.parent), family.patient)
    child.post("/portal/consent/gp/medication/permit/")
    [waiting] = consents()
    parent.post(f"/portal/consent/{waiting.pk}/withdraw/")
    assert not facts(family.gp, family.patient, family.team.pk)
    assert "Wacht op" not in text(child, "/portal/consent/")
    assert "P. Bakker vond een keuze niet goed" in text(child, "/portal/changes/")


def test_a_child_refuses_at_once_and_alone(citizen_client: Callable[[User], Client]) -> None:
    family = Child()
    factories.consent(family.patient, *MEDICATION, reader_domain="gp")
    assert facts(family.gp, family.patient, family.team.pk)
    citizen_client(family.user).post("/portal/consent/gp/medication/refuse/")
    assert not facts(family.gp, family.patient, family.team.pk)


def test_a_carer_confirms_nothing_for_a_child(citizen_client: Callable[[User], Client]) -> None:
    family = Child()
    carer = stranger_account()
    mandate(family.patient, carer, acts=True)
    citizen_client(family.user).post("/portal/consent/gp/medication/permit/")
    [waiting] = consents()
    client = act_for(citizen_client(carer), family.patient)
    assert "Ik vind het goed" not in text(client, "/portal/consent/")
    assert client.post(f"/portal/consent/{waiting.pk}/confirm/").status_code == 403
    assert consents()[0].awaits


def test_no_for_everybody_ends_what_was_permitted_per_kind_and_yes_leaves_what_was_refused(
    scene: Scene, client: Client
) -> None:
    factories.relation(scene.patient, scene.nurse.organisation)
    factories.relation(scene.patient, scene.team)
    client.post("/portal/consent/gp/medication/permit/")
    assert "Mogen het zien: Huisartsen." in text(client, "/portal/consent/")
    client.post("/portal/consent/all/medication/refuse/")
    assert not facts(scene.gp, scene.patient, scene.team.pk)
    client.post("/portal/consent/home_care/medication/refuse/")
    client.post("/portal/consent/all/medication/permit/")
    assert not facts(scene.nurse, scene.patient, scene.team.pk)
    assert facts(scene.gp, scene.patient, scene.team.pk)
    assert "Mogen het zien: Huisartsen; Apotheken; Ziekenhuizen; Psychologen en ggz." in text(
        client, "/portal/consent/"
    )
