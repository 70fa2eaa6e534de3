"""What changed is told: in the portal with who did it and how, new since the last reading, and by an e-mail that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import ProgrammingError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from events.actor import act
from events.models import Event
from people.models import User
from portal import tasks
from referrals.models import Referral
from tests import factories
from tests.exchange.stage import deliver
from tests.portal.scene import Scene, act_for, mandate, stranger_account, text
from tests.referrals.world import send, take
from tests.rights.stage import Stage, decided, taken_up
from trust.actions import choose, end_mandate, give_mandate, review_emergency, start_emergency
from trust.categories import Category
from trust.models import Consent, Emergency

pytestmark = pytest.mark.django_db(transaction=True)


def in_presence(scene: Scene) -> Consent:
    """A choice that the practice keeps for the citizen."""
    with act(factories.actor(scene.gp)) as actor:
        return choose(
            patient=scene.patient, permit=True, categories=[Category.MEDICATION, Category.ALLERGIES], by=actor,
            reader_domain="pharmacy", established="mondeling op het spreekuur",
        )  # fmt: skip


def urgent(scene: Scene) -> Emergency:
    """Somebody of the practice looks in an emergency."""
    with act(factories.actor(scene.gp)) as actor:
        return start_emergency(
            reason="unconscious", explanation="Gevonden op straat, niet aanspreekbaar", by=actor, key=scene.patient.key
        )


def test_a_choice_by_a_professional_is_told_with_who_and_how(scene: Scene, client: Client) -> None:
    in_presence(scene)
    assert "Er is 1 ding veranderd." in text(client, "/portal/")
    page = text(client, "/portal/changes/")
    for words in (
        "M. Smit van Huisartsenpraktijk De Linde legde een keuze voor u vast",
        "Apotheken: u staat toe dat zij uw medicijnen en allergieën zien.",
        "Zo is het vastgelegd: mondeling op het spreekuur.",
        "nieuw",
    ):
        assert words in page


def test_what_was_read_is_no_longer_new_and_the_own_deeds_never_were(scene: Scene, client: Client) -> None:
    client.post("/portal/consent/gp/medication/permit/")
    assert "veranderd dat u nog niet las" not in text(client, "/portal/")
    assert "U maakte een keuze" in text(client, "/portal/changes/")
    in_presence(scene)
    assert "1 bericht is nieuw" in text(client, "/portal/changes/")
    assert "is nieuw" not in text(client, "/portal/changes/")
    assert "niets nieuws" in text(client, "/portal/")


def test_each_reads_for_oneself(scene: Scene, client: Client, citizen_client: Callable[[User], Client]) -> None:
    carer = stranger_account()
    mandate(scene.patient, carer, acts=True)
    els = act_for(citizen_client(carer), scene.patient)
    in_presence(scene)
    text(els, "/portal/changes/")
    assert "1 bericht is nieuw" in text(client, "/portal/changes/")


def test_an_emergency_is_told_loudly_with_the_reason_and_the_review(scene: Scene, client: Client) -> None:
    made = urgent(scene)
    scene.look(scene.gp, Category.PLAN)
    page = text(client, "/portal/changes/")
    for words in (
        "M. Smit van Huisartsenpraktijk De Linde keek met spoed in uw gegevens",
        "U was niet aanspreekbaar. “Gevonden op straat, niet aanspreekbaar”",
        "Dit kon tot",
        "kijkt nog of dit terecht was",
    ):
        assert words in page
    log = text(client, "/portal/log/")
    assert "met spoed" in log
    assert "Gevonden op straat" in log
    officer = factories.member("privacy_officer", scene.practice)
    with act(factories.actor(officer)) as actor:
        review_emergency(emergency=made, outcome="unjustified", note="Er was geen haast.", by=actor)
    page = text(client, "/portal/changes/")
    assert "Dat was niet terecht." in page
    assert "Er was geen haast." not in page
    assert "Dat was niet terecht." in text(client, "/portal/log/")


def test_mandates_relations_and_restrictions_are_told(scene: Scene, client: Client) -> None:
    with act(factories.actor(scene.gp)) as actor:
        made, _code = give_mandate(
            patient=scene.patient, kind="mentor", name="mr. K. Post", categories=list(Category), acts=True, by=actor,
            document="beschikking rechtbank",
        )  # fmt: skip
        end_mandate(mandate=made, by=actor)
    page = text(client, "/portal/changes/")
    assert "M. Smit van Huisartsenpraktijk De Linde legde vast dat mr. K. Post voor u mag handelen" in page
    assert "Als mentor. Bewijs: beschikking rechtbank." in page
    assert "mr. K. Post handelt niet meer voor u" in page


def referred(scene: Scene) -> None:
    """The practice refers to the social team, which asks something back, is answered, and accepts."""
    made = send(scene.gp, scene.patient, scene.service, channel="portal")
    for verb, who in (("ask", scene.worker), ("answer", scene.gp), ("accept", scene.worker), ("start", scene.worker)):
        take(verb, made, who)


def test_the_steps_of_a_referral_are_told_and_not_what_the_parties_ask_each_other(scene: Scene, client: Client) -> None:
    referred(scene)
    page = text(client, "/portal/changes/")
    told = [
        "De hulp van Wijkteam Huizen is begonnen",
        "Wijkteam Huizen gaat u helpen",
        "Huisartsenpraktijk De Linde heeft u aangemeld bij Wijkteam Huizen",
    ]
    assert [page.index(words) for words in told] == sorted(page.index(words) for words in told), "the newest first"
    assert f"Het gaat om: {scene.service.name}." in page
    assert "stelde een vraag" not in page
    with factories.as_owner():
        assert f"/portal/referrals/{Referral.objects.get().pk}/" in page


def test_who_acts_is_told_of_referrals_within_the_mandate_alone(
    scene: Scene, citizen_client: Callable[[User], Client]
) -> None:
    referred(scene)
    near, far = stranger_account(), stranger_account()
    mandate(scene.patient, near, acts=True)
    mandate(scene.patient, far, Category.IDENTITY, Category.MEDICATION, acts=True)
    assert "gaat u helpen" in text(act_for(citizen_client(near), scene.patient), "/portal/changes/")
    page = text(act_for(citizen_client(far), scene.patient), "/portal/changes/")
    assert "gaat u helpen" not in page
    assert "aangemeld" not in page


def test_the_list_is_the_persons_alone(scene: Scene, citizen_client: Callable[[User], Client]) -> None:
    in_presence(scene)
    other = citizen_client(factories.citizen(factories.patient()))
    assert "M. Smit" not in text(other, "/portal/changes/")


def test_reading_is_kept_for_nobody_else(scene: Scene, client: Client) -> None:
    text(client, "/portal/changes/")
    stranger = factories.citizen(factories.patient())
    with act(factories.citizen_actor(stranger)), connection.cursor() as cursor:
        cursor.execute("select count(*) from portal_seen")
        assert cursor.fetchone()[0] == 0
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute(
                "insert into portal_seen (user_id, patient_id, at) values (%s, %s, now())",
                [stranger.pk, scene.patient.pk],
            )


# -- by e-mail


def test_each_step_of_a_referral_is_mailed_without_a_word_of_it(scene: Scene) -> None:
    referred(scene)
    deliver()
    mine = [one for one in mail.outbox if one.to == ["inwoner@voorbeeld.example"]]
    assert len(mine) == 3, "sent, accepted, begun"
    assert {one.subject for one in mine} == {"Er is iets veranderd in Mijn Netwerk."}
    for word in ("Wijkteam", "Linde", "Verkennend", "verwij", "hulp"):
        assert not [one for one in mine if word in one.body]


def test_the_e_mail_says_that_something_changed_and_nothing_else(scene: Scene) -> None:
    in_presence(scene)
    urgent(scene)
    deliver()
    mine = [one for one in mail.outbox if one.to == ["inwoner@voorbeeld.example"]]
    assert [one.subject for one in mine] == ["Er is iets veranderd in Mijn Netwerk."] * 2
    for one in mine:
        words = f"{one.subject} {one.body} {one.alternatives}"
        for secret in ("Vries", "Smit", "Linde", "medic", "spoed", "nood", "aanspreekbaar", "toestemming"):
            assert secret not in words
        assert "/portal/changes/" in words
    with factories.as_owner():
        assert Event.objects.filter(verb="citizen.told", patient_id=scene.patient.pk).count() == 2


def test_nobody_is_told_of_own_deeds_nor_without_an_address(scene: Scene, client: Client) -> None:
    client.post("/portal/consent/gp/medication/permit/")
    deliver()
    assert not mail.outbox
    with factories.as_owner():
        scene.patient.identity.email = ""
        scene.patient.identity.save()
    in_presence(scene)
    deliver()
    assert not mail.outbox


def test_who_acts_for_somebody_is_told_of_to_that_person(
    scene: Scene, citizen_client: Callable[[User], Client]
) -> None:
    carer = stranger_account()
    mandate(scene.patient, carer, acts=True)
    act_for(citizen_client(carer), scene.patient).post("/portal/consent/gp/medication/permit/")
    deliver()
    assert [one.to for one in mail.outbox] == [["inwoner@voorbeeld.example"]]


def test_only_the_worker_learns_an_address(scene: Scene) -> None:
    in_presence(scene)
    with factories.as_owner():
        event = Event.objects.get(verb="consent.chosen")
    for actor in (factories.actor(scene.gp), factories.citizen_actor(scene.user)):
        with act(actor), connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("select * from exchange_mail_of(%s, %s)", [event.id, event.at])


# -- what ends soon


def until(days: float, since: float = 100) -> DateTimeTZRange:
    now = timezone.now()
    return DateTimeTZRange(now - timedelta(days=since), now + timedelta(days=days))


def test_who_chose_for_a_while_is_reminded_once_thirty_days_before(scene: Scene, client: Client) -> None:
    soon = factories.consent(
        scene.patient, Category.MEDICATION, Category.ALLERGIES, reader_domain="gp", period=until(29)
    )
    factories.consent(scene.patient, Category.PLAN, reader_domain="gp", period=until(31))
    factories.consent(scene.patient, Category.PLAN, reader_domain="gp", period=until(5, since=3))
    factories.consent(scene.patient, Category.PLAN, holder_domain="gp", period=until(5), origin="national")
    factories.consent(scene.patient, Category.PLAN, period=until(-1))
    acting = mandate(scene.patient, stranger_account(), period=until(10))
    mandate(scene.patient, None, period=until(10))
    assert tasks.remind() == 2
    assert tasks.remind() == 0
    with factories.as_owner():
        told = list(Event.objects.filter(verb__endswith=".expiring").order_by("verb").values_list("verb", "subject_id"))
    assert told == [("consent.expiring", soon.pk), ("mandate.expiring", acting.pk)]
    page = text(client, "/portal/changes/")
    assert "Een keuze van u loopt af op" in page
    assert "Els de Vries handelt voor u tot" in page
    deliver()
    assert {one.subject for one in mail.outbox} == {"Iets wat u koos in Mijn Netwerk, loopt bijna af."}


def test_a_parent_is_reminded_of_the_sixteenth_birthday(scene: Scene) -> None:
    day = timezone.localdate() + timedelta(days=20)
    child = factories.patient(birth_date=day.replace(year=day.year - 16))
    mandate(child, stranger_account(), kind="parent", document="uittreksel", period=factories.since(400))
    assert tasks.remind() == 1


def test_only_the_clock_asks_what_ends(scene: Scene) -> None:
    with (
        act(factories.citizen_actor(scene.user)),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError),
        transaction.atomic(),
    ):
        cursor.execute("select * from portal_ending(30)")


def test_the_dead_are_told_nothing(scene: Scene) -> None:
    factories.consent(scene.patient, Category.PLAN, reader_domain="gp", period=until(20))
    with factories.as_owner():
        scene.patient.deceased_on = timezone.localdate() - timedelta(days=1)
        scene.patient.save()
    assert tasks.remind() == 0


def answered(scene: Scene, kind: str, categories: frozenset[Category] = frozenset()) -> None:
    """The practice grants a request of the citizen."""
    officer = factories.member("privacy_officer", scene.practice, "Ruben Smits")
    s = Stage(scene.gp, officer, officer, scene.patient, scene.user)
    decided(s, taken_up(s, kind, categories))


def test_the_answer_to_a_question_is_an_explanation_and_nothing_is_carried_out(scene: Scene, client: Client) -> None:
    answered(scene, "question")
    page = text(client, "/portal/changes/")
    assert "Ruben Smits van Huisartsenpraktijk De Linde gaf u uitleg" in page
    assert "gelijk" not in page
    assert "is gedaan" not in page


def test_what_was_granted_is_told_with_what_was_done(scene: Scene, client: Client) -> None:
    answered(scene, "objection", frozenset({Category.PLAN}))
    page = text(client, "/portal/changes/")
    assert "geeft u gelijk" in page
    assert "Wat u vroeg, is gedaan" in page
