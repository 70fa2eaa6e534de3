"""Acting for somebody: the code, the strip on every page, how far a mandate reaches at every door, and its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from consultations.models import Consultation
from events.actor import act
from events.models import Event
from people.models import Patient, User
from referrals.models import Letter, Referral, Step
from tests import factories
from tests.exchange import stage
from tests.portal.scene import Scene, act_for, mandate, stranger_account, text
from trust.categories import Category, from_mask
from trust.models import CareRelation, Consent, Emergency, Mandate

pytestmark = pytest.mark.django_db(transaction=True)
CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")
FORM = {"name": "Els de Vries", "groups": ["medication", "referrals"], "until": "none"}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def carer() -> User:
    return stranger_account()


@pytest.fixture
def els(carer: User, citizen_client: Callable[[User], Client]) -> Client:
    """The browser of somebody without a record."""
    return citizen_client(carer)


def give(client: Client, **values: Any) -> str:
    answer = client.post("/portal/mandates/new/", {**FORM, **values})
    assert answer.status_code == 200
    found = CODE.search(answer.content.decode())
    assert found
    return found[0]


def test_a_mandate_is_given_taken_up_and_used(scene: Scene, client: Client, els: Client, carer: User) -> None:
    code = give(client, acts="on")
    assert "code nog niet gebruikt" in text(client, "/portal/mandates/")
    assert code not in text(client, "/portal/mandates/"), "shown once"
    answer = els.post("/portal/acting/", {"code": code.lower().replace("-", " ")}, follow=True)
    page = " ".join(answer.content.decode().split())
    assert "Dit zijn de gegevens van mevrouw De Vries." in page
    assert "Overzicht van mevrouw De Vries" in page
    assert "handelt nu voor u" in text(client, "/portal/mandates/")
    with factories.as_owner():
        [made] = Mandate.objects.all()
        line = Event.objects.filter(verb="record.opened", user_id=carer.pk).latest("at")
    assert made.acts
    assert from_mask(made.categories) == {
        Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES, Category.REFERRAL, Category.CONSULTATION,
    }  # fmt: skip
    assert (line.patient_id, line.basis) == (scene.patient.pk, "mandate:carer")


def test_a_relation_stands_behind_the_name_in_every_sentence(client: Client) -> None:
    answer = client.post("/portal/mandates/new/", {**FORM, "relation": "mijn dochter"})
    assert "Wat Els de Vries (dochter) doet" in answer.content.decode()
    assert "Els de Vries (dochter)" in text(client, "/portal/mandates/")


def test_a_code_works_once_and_for_nobody_self(
    client: Client, els: Client, citizen_client: Callable[[User], Client]
) -> None:
    code = give(client)
    own = client.post("/portal/acting/", {"code": code})
    assert own.status_code == 422
    assert "Deze code is van uzelf" in own.content.decode()
    assert els.post("/portal/acting/", {"code": code}).status_code == 302
    again = citizen_client(stranger_account()).post("/portal/acting/", {"code": code})
    assert again.status_code == 422
    assert "klopt niet of geldt niet meer" in again.content.decode()


def test_guessing_codes_stops_after_ten(els: Client) -> None:
    answers = [els.post("/portal/acting/", {"code": f"AAAA-BBBB-CC{number:02d}"}) for number in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {422}
    assert answers[10].status_code == 429


def test_a_form_that_is_not_whole_gives_no_code(client: Client) -> None:
    for wrong in ({"name": ""}, {"groups": []}, {"groups": ["everything"]}, {"until": "day", "day": "2020-01-01"}):
        answer = client.post("/portal/mandates/new/", {**FORM, **wrong})
        assert answer.status_code == 422
        assert not CODE.search(answer.content.decode())


def test_the_strip_says_on_every_page_for_whom_and_leads_back(scene: Scene, els: Client, carer: User) -> None:
    mandate(scene.patient, carer, acts=True)
    act_for(els, scene.patient)
    pages = ("/portal/", "/portal/referrals/", "/portal/network/", "/portal/record/", "/portal/log/", "/portal/consent/",
             "/portal/changes/", "/portal/mandates/", "/portal/acting/", "/preferences/")  # fmt: skip
    for page in pages:
        assert "U handelt voor mevrouw De Vries" in text(els, page), page
    for page in pages[:-2]:
        assert "Onder deze balk is ‘u’ altijd mevrouw De Vries." in text(els, page), page
    for page in (*pages[-2:], "/portal/referrals/999999/", "/square/"):
        assert "is ‘u’ altijd" not in " ".join(els.get(page).content.decode().split()), page
    els.post("/portal/acting/for/")
    assert "U handelt voor" not in text(els, "/portal/acting/")
    assert els.get("/portal/").headers["Location"] == "/portal/acting/", "who has no record of his own chooses for whom"
    assert els.get("/portal/referrals/").status_code == 404
    assert els.get("/", follow=True).redirect_chain[-1][0] == "/portal/acting/"


def test_who_has_an_own_record_goes_there_and_back(scene: Scene, citizen_client: Callable[[User], Client]) -> None:
    own = factories.patient(
        own_name="Vries", initials="E.", related_to=[factories.organisation("gp", "Praktijk Elders")]
    )
    user = factories.citizen(own)
    mandate(scene.patient, user)
    client = citizen_client(user)
    assert "Praktijk Elders" in text(client, "/portal/network/")
    act_for(client, scene.patient)
    assert "Praktijk Elders" not in text(client, "/portal/network/")
    assert "De Linde" in text(client, "/portal/network/")
    client.post("/portal/acting/for/", {"key": own.key})
    assert "Praktijk Elders" in text(client, "/portal/network/")


def test_nobody_acts_for_who_gave_no_mandate(scene: Scene, els: Client, client_of: Callable[..., Client]) -> None:
    for key in (scene.patient.key, "", "not-a-key"):
        answer = els.post("/portal/acting/for/", {"key": key})
        assert (answer.status_code, answer.get("Location")) in {(404, None), (302, "/portal/acting/")}
    session = els.session
    session["acted_for"] = str(scene.patient.key)
    session.save()
    assert els.get("/portal/").headers["Location"] == "/portal/acting/"
    assert "acted_for" not in els.session
    gp = client_of(scene.gp)
    session = gp.session
    session["acted_for"] = str(scene.patient.key)
    session.save()
    for page in ("/portal/", "/portal/acting/", "/portal/log/"):
        assert gp.get(page).status_code == 404
    assert gp.post("/portal/acting/for/", {"key": scene.patient.key}).status_code == 404


def test_a_mandate_that_ends_ends_at_once(scene: Scene, client: Client, els: Client, carer: User) -> None:
    made = mandate(scene.patient, carer, acts=True)
    act_for(els, scene.patient)
    text(els, "/portal/")
    client.post(f"/portal/mandates/{made.pk}/end/")
    answer = els.get("/portal/log/", follow=True)
    assert answer.redirect_chain == [("/portal/acting/", 302)]
    assert "De machtiging is gestopt." in answer.content.decode()
    assert els.post("/portal/acting/for/", {"key": scene.patient.key}).status_code == 404


def test_the_holder_gives_it_back(scene: Scene, els: Client, carer: User) -> None:
    made = mandate(scene.patient, carer)
    act_for(els, scene.patient)
    assert els.post(f"/portal/acting/{made.pk}/stop/").status_code == 302
    assert els.get("/portal/referrals/").status_code == 404
    other = mandate(scene.patient, stranger_account())
    assert els.post(f"/portal/acting/{other.pk}/stop/").status_code == 404


def test_a_parent_of_who_turns_sixteen_acts_no_more(carer: User, els: Client) -> None:
    born = timezone.localdate().replace(year=timezone.localdate().year - 16)
    child = factories.patient(birth_date=born)
    mandate(child, carer, acts=True, kind="parent", document="uittreksel")
    assert els.post("/portal/acting/for/", {"key": child.key}).status_code == 404


# -- how far it reaches

SHUT_WITHOUT_ACTING = (
    "/portal/log/", "/portal/log/?who=self", "/portal/changes/", "/portal/consent/", "/portal/consent/new/",
    "/portal/consent/new/gp/", "/portal/mandates/", "/portal/mandates/new/",
)  # fmt: skip


def fill(scene: Scene) -> Referral:
    """Something of every kind in the record of the scene, each with its own word to look for."""
    made = scene.refer()
    his = factories.source(scene.practice)
    factories.fact(scene.patient, his, Category.MEDICATION, "Metoprolol tablet")
    factories.fact(scene.patient, his, Category.PROBLEMS, "Suikerziekte")
    factories.fact(scene.patient, his, Category.MENTAL_HEALTH, "Paniekstoornis")
    factories.entry(scene.patient, scene.gp, "Wil zelf naar de markt.")
    factories.consent(scene.patient, reader_organisation=scene.practice)
    scene.look(scene.gp, Category.PLAN)
    stage.consultation(scene.gp, scene.nurse, patient=scene.patient)
    return made


def test_a_mandate_for_medicines_opens_medicines_and_nothing_else(scene: Scene, els: Client, carer: User) -> None:
    made = fill(scene)
    mandate(scene.patient, carer, Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES)
    act_for(els, scene.patient)
    assert "U ziet: medicijnen en allergieën." in text(els, "/portal/acting/"), "whose they are stays out"
    record = text(els, "/portal/record/")
    assert "Metoprolol tablet" in record
    assert "Niet te zien: verwijzingen en overleg; plan, wensen en wie er helpt; ziektes" in record
    for word in ("Suikerziekte", "Paniekstoornis", "Wil zelf naar de markt"):
        assert word not in record
    for page in (*SHUT_WITHOUT_ACTING, "/portal/referrals/", "/portal/network/", f"/portal/referrals/{made.pk}/",
                 f"/portal/referrals/{made.pk}/state/"):  # fmt: skip
        answer = els.get(page)
        assert answer.status_code == 403, page
        for word in ("Suikerziekte", "Wijkteam Huizen", "M. Smit", "Verkennend gesprek", "De Linde"):
            assert word not in answer.content.decode(), (page, word)
    home = text(els, "/portal/")
    for word in (
        "Verkennend",
        "organisatie",
        "keer deze week",
        "veranderd",
        "Wijkteam",
        "/portal/log/",
        "/portal/referrals/",
    ):
        assert word not in home, word
    with factories.as_owner():
        denied = Event.objects.filter(verb="record.denied", user_id=carer.pk, patient_id=scene.patient.pk)
        assert denied.exists(), "what lies outside the mandate and was tried is in the log"


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/portal/consent/gp/medication/permit/", {}),
        ("/portal/consent/new/gp/", {"answer": "permit", "groups": ["medication"], "holder": "all", "until": "none"}),
        ("/portal/consent/everything/refuse/", {}),
        ("/portal/consent/everything/undo/", {}),
        ("/portal/mandates/new/", FORM),
    ],
)
def test_who_may_only_look_changes_nothing(
    scene: Scene, els: Client, carer: User, address: str, values: dict[str, Any]
) -> None:
    mandate(scene.patient, carer)
    act_for(els, scene.patient)
    assert els.post(address, values).status_code == 403
    with factories.as_owner():
        assert not Consent.objects.exists()
        assert Mandate.objects.count() == 1


def test_who_may_only_look_ends_no_mandate_and_no_choice(scene: Scene, els: Client, carer: User) -> None:
    other = mandate(scene.patient, stranger_account(), name="Iemand anders")
    choice = factories.consent(scene.patient)
    mandate(scene.patient, carer)
    act_for(els, scene.patient)
    assert els.post(f"/portal/mandates/{other.pk}/end/").status_code == 403
    assert els.post(f"/portal/consent/{choice.pk}/withdraw/").status_code == 403
    with factories.as_owner():
        other.refresh_from_db()
        choice.refresh_from_db()
    assert other.period.upper is None
    assert choice.period.upper is None


def test_a_carer_who_arranges_chooses_and_reads_the_log_but_gives_no_mandates(
    scene: Scene, client: Client, els: Client, carer: User
) -> None:
    other = mandate(scene.patient, stranger_account(), name="Iemand anders")
    mandate(scene.patient, carer, Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES, acts=True)
    act_for(els, scene.patient)
    assert els.post("/portal/consent/gp/medication/permit/").status_code == 302
    assert "Els de Vries legde een keuze voor u vast" in text(client, "/portal/changes/")
    for browser in (client, els):
        assert "Els de Vries koos dit voor u op" in text(browser, "/portal/consent/")
    scene.look(scene.gp, Category.PLAN)
    assert "M. Smit, huisarts" in text(els, "/portal/log/")
    assert els.get("/portal/mandates/new/").status_code == 403
    assert els.post("/portal/mandates/new/", FORM).status_code == 403
    assert els.post(f"/portal/mandates/{other.pk}/end/").status_code == 403


def test_what_went_along_is_shown_as_far_as_the_mandate_goes(scene: Scene, els: Client, carer: User) -> None:
    made = fill(scene)
    mandate(scene.patient, carer, Category.IDENTITY, Category.REFERRAL)
    act_for(els, scene.patient)
    page = text(els, f"/portal/referrals/{made.pk}/")
    assert "Wilt u met haar praten?" in page
    assert "Metoprolol" not in page
    assert "Gegevens die niet bij de machtiging horen, staan hier niet." in page


def test_beneath_the_pages_the_database_keeps_to_the_mandate_too(scene: Scene, carer: User) -> None:
    fill(scene)
    with factories.as_owner():
        Emergency.objects.create(
            patient=scene.patient, organisation=scene.team, user=scene.worker.user, role="social_worker",
            reason="acute", explanation="Viel op straat", period=factories.since(1),
        )  # fmt: skip
    mandate(scene.patient, carer, Category.IDENTITY, Category.MEDICATION)
    with act(factories.citizen_actor(carer)):
        for model in (Referral, Step, Letter, Consultation, CareRelation, Consent, Emergency):
            assert not model.objects.exists(), model.__name__
        assert not Event.objects.filter(patient_id=scene.patient.pk).exists()
        assert Patient.objects.count() == 1
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from trust_outcomes(%s, array[null]::text[], array[null]::bigint[], array['gp'],"
                " array[null]::bigint[], array[null]::bigint[])",
                [scene.patient.pk],
            )
            assert cursor.fetchone()[0] == 0


def test_looks_by_mandate_are_shown_as_such(scene: Scene, client: Client, els: Client, carer: User) -> None:
    mandate(scene.patient, carer)
    act_for(els, scene.patient)
    text(els, "/portal/record/")
    page = text(client, "/portal/log/")
    assert "Els de Vries" in page
    assert "handelt voor u" in page
    assert "Omdat u deze persoon een machtiging gaf." in page
    assert "Els de Vries" not in text(client, "/portal/log/?who=self")


def test_nobody_chooses_in_anothers_name_about_what_the_mandate_leaves_out(
    scene: Scene, els: Client, carer: User
) -> None:
    mental = factories.consent(scene.patient, Category.MENTAL_HEALTH, reader_domain="mental_health")
    mandate(scene.patient, carer, Category.IDENTITY, Category.MEDICATION, Category.ALLERGIES, acts=True)
    act_for(els, scene.patient)
    page = text(els, "/portal/consent/")
    assert "Kiezen kan hier niet over: plan, wensen en wie er helpt;" in page
    assert "/portal/consent/gp/medication/permit/" in page
    assert "/portal/consent/mental_health/mental/" not in page
    assert "Alles weigeren" not in page
    assert 'value="mental"' not in text(els, "/portal/consent/new/gp/")
    wrong = {"answer": "permit", "groups": ["mental"], "holder": "all", "until": "none"}
    assert els.post("/portal/consent/new/gp/", wrong).status_code == 422
    for address in (
        "gp/mental/permit/",
        "all/mental/refuse/",
        "everything/refuse/",
        "everything/undo/",
        f"{mental.pk}/withdraw/",
    ):
        assert els.post(f"/portal/consent/{address}").status_code == 403, address
    with factories.as_owner():
        assert [choice.pk for choice in Consent.objects.all()] == [mental.pk]
