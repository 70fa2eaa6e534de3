"""The citizen's pages: the own record and nothing else, in plain words, with choices that count at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossier.models import Participant, RelatedPerson, SourceAnswer
from events.actor import act
from events.models import Event
from people.models import Membership
from referrals.models import LetterItem
from tests import factories
from tests.dashboards.rows import ago, step
from tests.portal.scene import Scene, text
from trust.access import decide
from trust.categories import Category
from trust.models import Consent

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = [
    "/portal/",
    "/portal/referrals/",
    "/portal/network/",
    "/portal/record/",
    "/portal/log/",
    "/portal/changes/",
    "/portal/consent/",
    "/portal/consent/new/",
    "/portal/consent/new/gp/",
    "/portal/mandates/",
    "/portal/mandates/new/",
]


def test_the_greeting_is_how_the_person_is_called(client: Client) -> None:
    assert "Dag mevrouw De Vries" in text(client, "/portal/")


def test_the_running_referral_is_told_in_plain_steps(scene: Scene, client: Client) -> None:
    made = scene.refer(status="accepted", accepted_at=ago(1), receiver=scene.worker.user)
    step(made, "accept", "accepted", scene.worker)
    page = text(client, "/portal/")
    assert "Huisartsenpraktijk De Linde heeft u aangemeld bij Wijkteam Huizen." in page
    assert "Wijkteam Huizen gaat u helpen." in page
    assert "Wijkteam Huizen neemt contact met u op voor een eerste gesprek." in page
    assert "Sanne Willems" in page
    assert "accepted" not in page


def test_items_of_every_kind_that_went_along_are_named(scene: Scene, client: Client) -> None:
    made = scene.refer()
    rest = {"referral": made, "patient": scene.patient, "organisation": scene.practice, "origin": "De Linde"}
    with factories.as_owner():
        for category in (Category.PLAN, Category.FUNCTIONING, Category.SOCIAL):
            LetterItem.objects.create(**rest, category=category, kind=category, title=f"Iets over {category.name}")
    page = text(client, f"/portal/referrals/{made.pk}/")
    for category in (Category.PLAN, Category.FUNCTIONING, Category.SOCIAL):
        assert f"Iets over {category.name}" in page


def test_who_said_that_help_is_given_and_why_is_there_to_read(scene: Scene, client: Client) -> None:
    factories.relation(
        scene.patient, scene.nurse.organisation, source="stated", reason="wondzorg thuis", stated_by=scene.nurse.user
    )
    page = text(client, "/portal/network/")
    assert "wondzorg thuis" in page
    assert scene.nurse.user.name in page


def test_a_referral_shows_who_and_what_was_sent_along(scene: Scene, client: Client) -> None:
    made = scene.refer()
    page = text(client, f"/portal/referrals/{made.pk}/")
    for words in (
        "Wilt u met haar praten?",
        "Zelf naar de markt",
        "Metoprolol 50 mg",
        "HIS De Linde",
        "M. Smit",
        "035-7654321",
    ):
        assert words in page


def test_a_refused_referral_says_why_and_whom_to_ask(scene: Scene, client: Client) -> None:
    made = scene.refer(status="rejected", rejection_reason="no_capacity", closed_at=ago(0))
    step(made, "reject", "rejected", scene.worker)
    page = text(client, f"/portal/referrals/{made.pk}/")
    assert "Wijkteam Huizen kan u niet helpen." in page
    assert "Er is nu geen plek." in page
    assert "no_capacity" not in page


def test_the_state_stops_asking_when_the_referral_has_ended(scene: Scene, client: Client) -> None:
    running = scene.refer()
    ended = scene.refer(status="cancelled", closed_at=ago(0))
    assert client.get(f"/portal/referrals/{running.pk}/state/").status_code == 200
    answer = client.get(f"/portal/referrals/{ended.pk}/state/")
    assert answer.status_code == 286
    assert "hx-get" not in answer.content.decode()


def test_a_late_referral_says_so(scene: Scene, client: Client) -> None:
    scene.refer(due=ago(1))
    assert "Dit duurt langer dan afgesproken. U mag gerust bellen." in text(client, "/portal/")


def test_another_citizen_sees_nothing_of_it(scene: Scene, citizen_client: Callable[..., Client]) -> None:
    made = scene.refer()
    other = citizen_client(factories.citizen(factories.patient()))
    assert other.get(f"/portal/referrals/{made.pk}/").status_code == 404
    assert other.get(f"/portal/referrals/{made.pk}/state/").status_code == 404
    for page in PAGES:
        assert "De Linde" not in text(other, page)


def test_the_portal_does_not_exist_for_a_professional_nor_for_a_citizen_without_a_record(
    scene: Scene, client_of: Callable[[Membership], Client], citizen_client: Callable[..., Client]
) -> None:
    made = scene.refer()
    with factories.as_owner():
        from people.models import User

        unknown = User.objects.create_user("digid:nobody")
    for page in [*PAGES, f"/portal/referrals/{made.pk}/", f"/portal/referrals/{made.pk}/state/"]:
        assert client_of(scene.gp).get(page).status_code == 404
        answer = citizen_client(unknown).get(page)
        if page == "/portal/":
            assert answer.headers["Location"] == "/portal/acting/", "there one gives a code or chooses for whom"
        else:
            assert answer.status_code == 404
        assert Client().get(page).status_code == 302
    assert client_of(scene.gp).post("/portal/consent/gp/medical/permit/").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_every_page_writes_that_the_citizen_looked(client: Client, scene: Scene, page: str) -> None:
    text(client, page)
    with factories.as_owner():
        [line] = Event.objects.filter(verb="record.opened")
    assert (line.patient_id, line.actor_kind, line.basis) == (scene.patient.pk, "citizen", "self")


def test_the_network_names_organisations_people_and_contact_persons(scene: Scene, client: Client) -> None:
    with factories.as_owner():
        rest = {"patient": scene.patient, "organisation": scene.practice}
        Participant.objects.create(**rest, membership=scene.gp, function="huisarts", coordinates=True)
        RelatedPerson.objects.create(**rest, name="Els de Vries", relationship="DAUC", phone="06-11112222")
    page = text(client, "/portal/network/")
    for words in (
        "Huisartsenpraktijk De Linde",
        "M. Smit",
        "uw vaste contactpersoon",
        "Els de Vries",
        "omdat u bij deze huisartsenpraktijk hoort",
    ):
        assert words in page
    assert "source_system" not in page


def test_the_record_names_holder_and_date_of_each_fact_and_each_source(scene: Scene, client: Client) -> None:
    his = factories.source(scene.practice)
    factories.fact(scene.patient, his)
    factories.entry(scene.patient, scene.gp)
    with factories.as_owner():
        SourceAnswer.objects.create(patient=scene.patient, organisation=scene.practice, source=his, outcome="no_answer")
    page = text(client, "/portal/record/")
    for words in (
        "Hypertensie",
        "1 mei 2024",
        "Huisartsenpraktijk De Linde",
        "Wil zelf naar de markt.",
        "gaf geen antwoord",
        "•••••",
    ):
        assert words.lower() in page.lower()
    with factories.as_owner():
        number = scene.patient.identity.bsn
    assert number not in page


def test_who_the_citizen_is_stands_in_one_card_with_how_sources_have_it(scene: Scene, client: Client) -> None:
    his = factories.source(scene.practice)
    factories.fact(scene.patient, his, Category.IDENTITY, "A. de Vries", resource_type="Patient")
    page = text(client, "/portal/record/")
    assert page.lower().count("uw naam en adres</h2>") == 1
    card = page.split("Uw naam en adres</h2>")[1].split("</section>")[0]
    assert "Zo staat u bij uw zorgverleners" in card
    assert "A. de Vries" in card


def test_what_several_hold_in_the_same_words_is_one_line_with_each_of_them_and_a_result_never_is(
    scene: Scene, client: Client
) -> None:
    hospital = factories.organisation("hospital", "Ziekenhuis Oost")
    factories.relation(scene.patient, hospital)
    factories.consent(scene.patient, *Category)
    his, epd = factories.source(scene.practice), factories.source(hospital, kind="epd")
    factories.fact(scene.patient, his, title="Hartfalen", status="actief", on_date="2023-04-22")
    factories.fact(scene.patient, epd, title="Hartfalen", detail="Hartfalen", on_date="2023-05-01")
    factories.fact(scene.patient, epd, title="Astma", status="voorbij")
    factories.fact(scene.patient, his, title="Astma", status="actief")
    for source in (his, epd):
        factories.fact(
            scene.patient, source, Category.RESULTS, "Kalium", detail="4,4 mmol/L", resource_type="Observation"
        )
    page = text(client, "/portal/record/")
    assert page.count('<span class="preline">Hartfalen</span>') == 1
    assert page.count("kind=correction") == 6, "what is wrong is said of one of them"
    assert "22 apr 2023 · Huisartsenpraktijk De Linde" in page
    assert "1 mei 2023 · Ziekenhuis Oost" in page
    assert page.count('<span class="preline">Astma</span>') == 2
    assert page.count('<span class="preline">Kalium</span>') == 2
    assert 'Uw ziektes en klachten <span class="n">3</span>' in page


def test_the_record_says_what_changes_the_meaning_of_a_fact(scene: Scene, client: Client) -> None:
    his = factories.source(scene.practice)
    limit = "anders of met een beperking: Alleen na overleg met de dochter"
    factories.fact(scene.patient, his, Category.WISHES, "Opname in het ziekenhuis", status="actief", attention=[limit])
    refuted = "weerlegd: is niet aan de orde"
    factories.fact(
        scene.patient, his, Category.ALLERGIES, "Penicilline", status=refuted, state="negated", attention=[refuted]
    )
    factories.fact(scene.patient, his, Category.ALLERGIES, "Pinda", status="actief, niet bevestigd", state="active")
    page = text(client, "/portal/record/")
    assert limit in page
    assert page.count(refuted) == 1
    assert "actief, niet bevestigd" in page


def test_a_medicine_is_one_line_for_the_citizen_under_whether_it_is_used_with_all_that_is_held_of_it(
    scene: Scene, client: Client
) -> None:
    his = factories.source(scene.practice)
    lisinopril = {"product": "LISINOPRIL TABLET 10MG", "product_codes": ["G-KODE|1"], "kind": "ma", "treatment": "b1"}
    whole = {"agreed": "2023-01-22", "start": "2023-01-22", "dosage": "1 maal per dag 1 tablet"}
    factories.fact(
        scene.patient, his, Category.MEDICATION, "LISINOPRIL TABLET 10MG", resource_type="MedicationRequest",
        medication={**lisinopril, **whole},
    )  # fmt: skip
    factories.fact(
        scene.patient, his, Category.MEDICATION, "LISINOPRIL TABLET 10MG", resource_type="MedicationRequest",
        attention=["stoppen: stopgezet"],
        medication={
            **lisinopril, **whole, "agreed": "2024-01-01", "end": "2024-01-01", "stop": "stopped", "change_reason": "Hoest",
        },
    )  # fmt: skip
    page = text(client, "/portal/record/")
    assert 'Uw medicijnen <span class="n">1</span>' in page
    assert "Wat u vroeger gebruikte" in page
    assert "Wat u nu gebruikt" not in page
    assert "2 gegevens van uw zorgverleners" in page
    assert "Hoest" in page


def test_two_doses_of_one_medicine_are_one_line_that_says_they_differ_and_whom_to_ask(
    scene: Scene, client: Client
) -> None:
    hospital = factories.organisation("hospital", "Ziekenhuis Oost")
    factories.relation(scene.patient, hospital)
    factories.consent(scene.patient, *Category)
    for source, treatment, dosage, dose in (
        (factories.source(scene.practice), "b1", "1 maal per dag 1 tablet", 1),
        (factories.source(hospital, kind="epd"), "b2", "1 maal per dag 0,5 tablet", 0.5),
    ):
        factories.fact(
            scene.patient, source, Category.MEDICATION, "METOPROLOL TABLET MGA 50MG", resource_type="MedicationRequest",
            medication={
                "kind": "ma", "treatment": treatment, "product": "METOPROLOL TABLET MGA 50MG", "agreed": "2026-11-03",
                "start": "2026-11-03", "dosage": dosage, "codes": ["http://www.whocc.no/atc|C07AB02"],
                "daily": {"low": dose, "high": dose, "unit": "tablet"},
            },
        )  # fmt: skip
    page = text(client, "/portal/record/")
    assert 'Uw medicijnen <span class="n">1</span>' in page
    assert "zegt iets anders:" in page
    assert "Vraag uw apotheek of huisarts wat voor u klopt." in page


def test_several_openings_of_a_day_are_one_line_in_plain_words(scene: Scene, client: Client) -> None:
    scene.look(scene.gp, Category.PLAN, Category.WISHES, times=3)
    page = text(client, "/portal/log/")
    assert page.count("<strong>M. Smit") == 1
    for words in (
        "M. Smit, huisarts",
        "Huisartsenpraktijk De Linde",
        "Om u te helpen of te behandelen, omdat u bij deze huisartsenpraktijk hoort.",
    ):
        assert words in page
    assert "Uw wensen, uw plan en afspraken." in page


def test_no_code_of_the_log_reaches_the_page(scene: Scene, client: Client) -> None:
    factories.relation(scene.patient, scene.team, source="referral")
    factories.relation(scene.patient, scene.nurse.organisation, source="consultation")
    stranger = factories.member("psychologist")
    for who in (scene.gp, scene.worker, scene.nurse, stranger):
        scene.look(who, *Category)
    scene.look(scene.gp, Category.PLAN, purpose="HRESCH")
    page = text(client, "/portal/log/").lower()
    main = page[page.index("<main") : page.index("</main")]
    for code in (
        "treat",
        "care_relation",
        "source_system",
        "no_relation",
        "record.",
        "hresch",
        "consent:",
        "district_nurse",
        "patrqt",
        "purpose",
    ):
        assert code not in main, code


def test_who_wanted_to_look_and_might_not_is_shown_with_the_reason(scene: Scene, client: Client) -> None:
    stranger = factories.member("psychologist", name="P. van Elders")
    scene.look(stranger, Category.MENTAL_HEALTH)
    page = text(client, "/portal/log/")
    for words in (
        "P. van Elders, psycholoog",
        "wilde kijken, mocht niet",
        "Voor zover wij weten helpt deze organisatie u niet.",
    ):
        assert words in page


def test_facts_of_the_own_organisation_are_told_apart(scene: Scene, client: Client) -> None:
    scene.look(scene.gp, Category.PLAN, Category.MEDICATION)
    assert "Alleen wat zij zelf over u opschreven: uw medicijnen." in text(client, "/portal/log/")


def test_own_views_are_kept_apart(scene: Scene, client: Client) -> None:
    text(client, "/portal/")
    assert "Nog niemand heeft uw gegevens bekeken" in text(client, "/portal/log/")
    assert "U zelf" in text(client, "/portal/log/?who=self")


def test_the_log_is_read_in_pages_of_fifty(scene: Scene, client: Client) -> None:
    for number in range(51):
        scene.look(factories.member("gp", scene.practice, f"Lezer {number}"), Category.PLAN)
    first, second = text(client, "/portal/log/"), text(client, "/portal/log/?page=2")
    assert first.count("<strong>Lezer ") == 50
    assert second.count("<strong>Lezer ") == 1


def test_a_choice_changes_what_may_be_seen_at_once_and_again_when_undone(scene: Scene, client: Client) -> None:
    actor = factories.actor(scene.gp)

    def may_see(category: Category) -> bool:
        with act(actor):
            return category in decide(actor, scene.patient, [category]).allowed

    assert "Geen keuze is nee." in text(client, "/portal/consent/")
    assert not may_see(Category.MEDICATION)
    answer = client.post("/portal/consent/gp/medication/permit/", follow=True)
    assert "Huisartsen: u staat toe dat zij uw medicijnen en allergieën zien." in answer.content.decode()
    assert "/portal/consent/gp/medication/refuse/" in answer.content.decode()
    assert may_see(Category.MEDICATION)
    assert not may_see(Category.PROBLEMS)
    client.post("/portal/consent/gp/medication/refuse/")
    assert not may_see(Category.MEDICATION)
    with factories.as_owner():
        assert [choice.set_by_id for choice in Consent.objects.all()] == [scene.user.pk] * 2


def test_refusing_the_shared_record_takes_it_away(scene: Scene, client: Client) -> None:
    actor = factories.actor(scene.gp)
    client.post("/portal/consent/gp/shared/refuse/")
    with act(actor):
        assert decide(actor, scene.patient, [Category.PLAN]).allowed == frozenset()


def test_the_shared_record_is_seen_without_a_choice_and_the_systems_of_others_are_not(client: Client) -> None:
    page = text(client, "/portal/consent/")
    assert "Mogen zij zien wat uw hulpverleners samen opschrijven." in page
    assert "/portal/consent/gp/shared/permit/" in page
    assert "/portal/consent/gp/shared/refuse/" in page
    client.post("/portal/consent/gp/shared/permit/")
    assert "/portal/consent/gp/shared/permit/" not in text(client, "/portal/consent/")


def test_what_a_reader_never_needs_is_no_choice(client: Client) -> None:
    page = text(client, "/portal/consent/")
    assert "/portal/consent/pharmacy/mental/permit/" not in page
    assert "/portal/consent/mental_health/mental/permit/" in page


@pytest.mark.parametrize(
    "wrong", ["gp/medical/maybe", "gp/everything/permit", "circus/medical/permit", "organisation-999999/medical/permit"]
)
def test_a_choice_that_does_not_exist_is_not_found(client: Client, wrong: str) -> None:
    assert client.post(f"/portal/consent/{wrong}/").status_code == 404


def test_a_choice_is_never_made_by_looking(client: Client) -> None:
    assert client.get("/portal/consent/gp/medical/permit/").status_code == 405


def test_pages_take_as_many_queries_for_much_as_for_little(scene: Scene, client: Client) -> None:
    def counted() -> list[int]:
        numbers = []
        for page in PAGES:
            with CaptureQueriesContext(connection) as captured:
                text(client, page)
            numbers.append(len(captured))
        return numbers

    def more() -> None:
        made = scene.refer(status="accepted", accepted_at=ago(1))
        step(made, "accept", "accepted", scene.worker)
        scene.look(factories.member("gp", name="Iemand"), Category.PLAN)
        scene.look(factories.member("gp", scene.practice, "Iemand anders"), Category.PLAN)
        factories.relation(scene.patient, factories.organisation("social"))
        factories.consent(scene.patient, Category.PLAN, reader_organisation=factories.organisation("gp"))
        factories.fact(scene.patient, factories.source(factories.organisation("gp")))
        factories.entry(scene.patient, scene.gp)

    more()
    counted()
    before = counted()
    for _ in range(3):
        more()
    assert counted() == before
