"""Signals: each pattern is found, a case just under its threshold is not, and only who watches over it sees and settles it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.http import Http404
from django.test import Client
from django.utils import timezone

from events.actor import act, system
from events.errors import Refused
from events.models import Event
from oversight import sentences
from oversight.access import signal as access
from oversight.actions.signal import end_watch, find_signals, place_watch, settle
from oversight.models import Signal, Watch
from oversight.moves import MOVES, THRESHOLDS, Pattern, Status
from oversight.tasks import look_for_signals
from people.models import Membership, Organisation
from rights.models import Hold
from tests import factories
from tests.oversight.lines import at, line, today

pytestmark = pytest.mark.django_db(transaction=True)
ClientOf = Callable[[Membership], Client]


def look(days_back: int = 1) -> None:
    with act(system("oversight", purpose="HOPERAT")) as worker:
        find_signals(since=today() - timedelta(days=days_back), by=worker)


def found(kind: str) -> list[Signal]:
    with factories.as_owner():
        return list(Signal.objects.filter(kind=kind))


def people(count: int) -> list:
    return [factories.patient(own_name=f"Zonderling{number}") for number in range(count)]


def officer(at_: Organisation | None = None) -> Membership:
    return factories.member("privacy_officer", at=at_ or factories.organisation("region"))


# own family


def test_a_look_into_the_record_of_somebody_with_the_same_surname_is_a_signal() -> None:
    gp = factories.member("gp", name="Noor de Boér")
    first = line(gp, patient := factories.patient(own_prefix="de", own_name="Boer"), at(9))
    last = line(gp, patient, at(10))
    look()
    (signal,) = found(Pattern.FAMILY)
    assert (signal.user_id, signal.organisation_id, signal.patient_id) == (gp.user_id, gp.organisation_id, patient.pk)
    assert (signal.lines, signal.first_event, signal.last_event, signal.status) == (2, first, last, Status.NEW)


def test_a_surname_by_marriage_counts_too_and_a_first_name_does_not() -> None:
    gp = factories.member("gp", name="Jansma Visser-Haddou")
    married = factories.patient(own_name="Smit", partner_name="Haddou")
    for patient in (married, factories.patient(own_name="Jansma"), factories.patient(own_name="Vis")):
        line(gp, patient, at(9))
    look()
    assert [signal.patient_id for signal in found(Pattern.FAMILY)] == [married.pk]


def test_a_name_that_many_carry_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(THRESHOLDS, Pattern.FAMILY, {"namesakes": 2})
    gp = factories.member("gp", name="Karim Haddou")
    patients = [factories.patient(own_name="Haddou") for _ in range(2)]
    line(gp, patients[0], at(9))
    look()
    assert len(found(Pattern.FAMILY)) == 1, "as many as the threshold"
    factories.patient(own_name="Haddou")
    line(gp, patients[1], at(9))
    look()
    assert len(found(Pattern.FAMILY)) == 1, "one more carries the name"


# a colleague


def test_the_record_of_who_bears_the_name_of_a_colleague_is_a_signal() -> None:
    gp = factories.member("gp", name="Karim Haddou")
    factories.member("practice_nurse", at=gp.organisation, name="Mirjam Smit")
    colleague = factories.patient(own_name="Smit", call_name="Mirjam", initials="M.")
    by_initial = factories.patient(own_name="Smit", initials="M.J.")
    other = factories.patient(own_name="Smit", call_name="Maria", initials="M.")
    for patient in (colleague, by_initial, other):
        line(gp, patient, at(9))
    look()
    assert {signal.patient_id for signal in found(Pattern.COLLEAGUE)} == {colleague.pk, by_initial.pk}


def test_the_name_of_somebody_who_works_elsewhere_or_left_is_no_colleague() -> None:
    gp = factories.member("gp", name="Karim Haddou")
    factories.member("gp", name="Mirjam Smit")
    gone = factories.member("gp", at=gp.organisation, name="Mirjam Smit")
    with factories.as_owner():
        Membership.objects.filter(pk=gone.pk).update(period=(None, timezone.now() - timedelta(days=1)))
    line(gp, factories.patient(own_name="Smit", call_name="Mirjam"), at(9))
    look()
    assert not found(Pattern.COLLEAGUE)


# watched


def test_a_look_into_a_watched_record_is_a_signal_for_as_long_as_it_is_watched() -> None:
    gp, elsewhere = factories.member("gp"), factories.member("gp")
    own, of_region = officer(gp.organisation), officer()
    first, second = people(2)
    for who, patient in ((own, first), (of_region, second)):
        with act(factories.actor(who)) as actor:
            place_watch(number=patient.pk, reason="klacht", days=30, by=actor)
    now = timezone.now()
    line(gp, first, now - timedelta(minutes=5))
    look()
    assert not found(Pattern.WATCHED), "before it was watched"
    for who in (gp, elsewhere):
        for patient in (first, second):
            line(who, patient, now + timedelta(minutes=1))
    look()
    assert {(s.organisation_id, s.patient_id) for s in found(Pattern.WATCHED)} == {
        (gp.organisation_id, first.pk),
        (gp.organisation_id, second.pk),
        (elsewhere.organisation_id, second.pk),
    }, "a watch of one organisation is about its own people, that of the region about all"


def test_a_watch_needs_a_known_number_a_reason_and_an_officer_and_is_placed_once() -> None:
    gp = factories.member("gp")
    who, (patient,) = officer(gp.organisation), people(1)
    with act(factories.actor(gp)) as actor, pytest.raises(PermissionDenied):
        place_watch(number=patient.pk, reason="klacht", days=30, by=actor)
    with act(factories.actor(who)) as actor:
        with pytest.raises(Refused):
            place_watch(number=patient.pk + 1000, reason="klacht", days=30, by=actor)
        watch = place_watch(number=patient.pk, reason="klacht", days=30, by=actor)
        with pytest.raises(Refused):
            place_watch(number=patient.pk, reason="klacht", days=30, by=actor)
    with act(factories.actor(who)) as actor:
        end_watch(watch=watch, by=actor)
        end_watch(watch=watch, by=actor)
        assert not Watch.objects.current().exists()
    with act(factories.actor(officer())) as actor, pytest.raises(Http404):
        access.get_watch(actor, watch.pk)
    with factories.as_owner():
        told = list(Event.objects.filter(subject_type="watch").order_by("id").values_list("verb", "patient_id"))
    assert told == [("watch.placed", None), ("watch.ended", None)]


# many in a short time


def test_many_different_people_within_an_hour_is_a_signal_and_one_fewer_is_not() -> None:
    least = THRESHOLDS[Pattern.MANY]["least"]
    busy, under, twice = (factories.member("gp") for _ in range(3))
    patients = people(least)
    for number, patient in enumerate(patients):
        line(busy, patient, at(10, number % 60))
        if number:
            line(under, patient, at(10, number % 60))
        line(twice, patients[0], at(10, number % 60))
    look()
    (signal,) = found(Pattern.MANY)
    assert (signal.user_id, signal.patient_id, signal.lines) == (busy.user_id, None, least)


def test_what_is_usual_for_the_role_is_no_signal() -> None:
    least, times = THRESHOLDS[Pattern.MANY]["least"], THRESHOLDS[Pattern.MANY]["times"]
    usual = least // times + 1
    gp, pharmacist = factories.member("gp"), factories.member("pharmacist")
    patients = people(least)
    for patient in patients[:usual]:
        line(pharmacist, patient, at(10, days_ago=9))
    for patient in patients:
        line(pharmacist, patient, at(10))
        line(gp, patient, at(10))
    look()
    assert [signal.user_id for signal in found(Pattern.MANY)] == [gp.user_id]


# many emergencies


def test_many_emergencies_in_a_week_is_a_signal_on_the_day_that_makes_them_many() -> None:
    limits = THRESHOLDS[Pattern.EMERGENCIES]
    often, under, spread = (factories.member("gp") for _ in range(3))
    (patient,) = people(1)
    for number in range(limits["least"]):
        line(often, patient, at(9 + number), "emergency.started")
        if number:
            line(under, patient, at(9 + number), "emergency.started")
        line(spread, patient, at(9, days_ago=1 + number * limits["within_days"]), "emergency.started")
    look()
    (signal,) = found(Pattern.EMERGENCIES)
    assert (signal.user_id, signal.patient_id, signal.lines) == (often.user_id, None, limits["least"])


# stated, looked once, nothing since


def test_a_stated_relation_with_one_look_and_nothing_since_is_a_signal_after_two_weeks() -> None:
    days = THRESHOLDS[Pattern.ONCE]["after_days"]
    once, again, no_look, young = (factories.member("gp") for _ in range(4))
    patients = people(4)
    ago = days + 1
    for gp, patient, when in zip((once, again, no_look, young), patients, (ago, ago, ago, days - 1), strict=True):
        line(gp, patient, at(9, days_ago=when), "relation.stated")
        if gp is not no_look:
            line(gp, patient, at(9, 5, days_ago=when))
            line(gp, patient, at(9, 6, days_ago=when))
    line(again, patients[1], at(9, days_ago=3), "referral.sent")
    look()
    (signal,) = found(Pattern.ONCE)
    assert (signal.user_id, signal.patient_id, signal.lines) == (once.user_id, patients[0].pk, 2)
    assert signal.day == today() - timedelta(days=ago)


# at night


def test_looks_at_night_are_a_signal_and_one_fewer_or_just_before_are_not() -> None:
    limits = THRESHOLDS[Pattern.NIGHT]
    awake, under, evening = (factories.member("gp") for _ in range(3))
    patients = people(limits["least"])
    for number, patient in enumerate(patients):
        hour = at(limits["from_hour"], 30, days_ago=2) if number else at(1, days_ago=1)
        line(awake, patient, hour)
        if number:
            line(under, patient, hour)
        line(evening, patient, at(limits["from_hour"] - 1, 59, days_ago=2))
    look(days_back=3)
    (signal,) = found(Pattern.NIGHT)
    assert (signal.user_id, signal.lines) == (awake.user_id, limits["least"])
    assert signal.day == today() - timedelta(days=2), "a night belongs to the day on which it begins"


def test_who_works_at_night_at_that_organisation_is_no_signal() -> None:
    limits = THRESHOLDS[Pattern.NIGHT]
    post = factories.member("gp")
    patients = people(limits["least"])
    for number in range(limits["usual_lines"]):
        line(post, patients[0], at(2 if number == 0 else 14, days_ago=9))
    for patient in patients:
        line(post, patient, at(2))
    look(days_back=3)
    assert not found(Pattern.NIGHT), "one in fifty looks falls in the night, as often as the threshold"
    other = factories.member("gp")
    for patient in patients:
        line(other, patient, at(2))
    look(days_back=3)
    assert [signal.user_id for signal in found(Pattern.NIGHT)] == [other.user_id]


# refused


def test_many_refusals_on_a_day_is_a_signal_and_one_fewer_is_not() -> None:
    least = THRESHOLDS[Pattern.DENIED]["least"]
    curious, under, stubborn = (factories.member("gp") for _ in range(3))
    patients = people(least)
    for number, patient in enumerate(patients):
        line(curious, None if number == 0 else patient, at(9, number), "record.denied", request_id=f"r{number}")
        if number:
            line(under, patient, at(9, number), "record.denied")
        line(stubborn, patients[0], at(9, number), "record.denied")
    look()
    (signal,) = found(Pattern.DENIED)
    assert (signal.user_id, signal.patient_id, signal.lines) == (curious.user_id, None, least)


# finding


def test_looking_twice_doubles_nothing_and_more_lines_open_a_settled_signal_again() -> None:
    gp = factories.member("gp", name="Karim Haddou")
    patient, who = factories.patient(own_name="Haddou"), officer(gp.organisation)
    line(gp, patient, at(9))
    look()
    (signal,) = found(Pattern.FAMILY)
    with act(factories.actor(who)) as actor:
        settle(signal=signal, verb="explain", note="was de eigen arts", by=actor)
    look()
    (signal,) = found(Pattern.FAMILY)
    assert signal.status == Status.EXPLAINED
    line(gp, patient, at(11))
    look()
    (signal,) = found(Pattern.FAMILY)
    assert (signal.status, signal.lines, signal.note) == (Status.NEW, 2, "was de eigen arts")


def test_the_clock_looks_every_hour_and_nobody_else_may() -> None:
    gp = factories.member("gp", name="Karim Haddou")
    line(gp, factories.patient(own_name="Haddou"), at(9))
    assert look_for_signals() >= 1
    with act(factories.actor(officer())), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("select oversight_find_signals('family', current_date, '{}')")
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("select * from oversight_pattern_family(current_date, '{}')")


def test_lines_of_workers_and_citizens_make_no_signal() -> None:
    gp = factories.member("gp", name="Karim Haddou")
    patient = factories.patient(own_name="Haddou")
    line(gp, patient, at(9), actor_kind="system")
    line(gp, patient, at(9), actor_kind="citizen", organisation_id=None)
    look()
    assert not found(Pattern.FAMILY)


def test_signals_and_ended_watches_go_after_the_term_of_the_log_unless_a_hold_covers_them() -> None:
    gp, held = factories.member("gp"), factories.member("gp")
    who, old = officer(), today() - timedelta(days=366 * 5)
    kept = signal_of(gp)
    signal_of(gp, day=old)
    under_hold = signal_of(held, day=old)
    (patient,) = people(1)
    moment = timezone.now() - timedelta(days=366 * 6)
    with factories.as_owner():
        Watch.objects.create(
            patient=patient,
            organisation=gp.organisation,
            reason="klacht",
            placed_by=who.user,
            period=(moment, moment + timedelta(days=30)),
        )
        Hold.objects.create(
            organisation=held.organisation, reason="lopend onderzoek", placed_by=who.user, period=(moment, None)
        )
    look_for_signals()
    with factories.as_owner():
        assert set(Signal.objects.values_list("pk", flat=True)) == {kept.pk, under_hold.pk}
        assert not Watch.objects.exists()
    with (
        act(factories.actor(who)),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError),
        transaction.atomic(),
    ):
        cursor.execute("select oversight_forget_signals(5)")


# seeing and settling


def signal_of(who: Membership, patient_id: int | None = None, **values: object) -> Signal:
    with factories.as_owner():
        return Signal.objects.create(
            **{
                "kind": Pattern.FAMILY, "user": who.user, "organisation": who.organisation, "patient_id": patient_id,
                "day": today(), "lines": 1, "first_event": 1, "last_event": 1, **values,
            }
        )  # fmt: skip


def test_an_officer_sees_the_own_organisation_that_of_the_region_all_and_nobody_else_any() -> None:
    gp, elsewhere = factories.member("gp"), factories.member("gp")
    mine, other = signal_of(gp), signal_of(elsewhere)
    for who, seen in ((officer(gp.organisation), {mine.pk}), (officer(), {mine.pk, other.pk}), (gp, set())):
        with act(factories.actor(who)) as actor:
            assert set(Signal.objects.values_list("pk", flat=True)) == seen, "the database's own filter"
            if seen:
                assert set(access.signals_for(actor).values_list("pk", flat=True)) == seen
    with act(factories.actor(gp)) as actor, pytest.raises(PermissionDenied):
        access.signals_for(actor)
    with act(factories.actor(officer(gp.organisation))) as actor, pytest.raises(Http404):
        access.get_signal(actor, other.pk)
    with act(factories.actor(officer())), pytest.raises(ProgrammingError), transaction.atomic():
        Signal.objects.filter(pk=mine.pk).update(lines=2)


CELLS = {
    (Status.NEW, "explain"): Status.EXPLAINED,
    (Status.NEW, "follow_up"): Status.FOLLOWED_UP,
    (Status.EXPLAINED, "explain"): None,
    (Status.EXPLAINED, "follow_up"): Status.FOLLOWED_UP,
    (Status.FOLLOWED_UP, "explain"): Status.EXPLAINED,
    (Status.FOLLOWED_UP, "follow_up"): None,
}


@pytest.mark.parametrize(("begin", "verb"), CELLS)
def test_a_signal_is_settled_with_a_note_by_these_steps_alone(begin: Status, verb: str) -> None:
    gp = factories.member("gp")
    who = officer(gp.organisation)
    settled = {} if begin == Status.NEW else {"decided_at": timezone.now(), "note": "eerder"}
    signal = signal_of(gp, status=begin, **settled)
    with act(factories.actor(who)) as actor:
        if CELLS[begin, verb] is None:
            with pytest.raises(Refused):
                settle(signal=signal, verb=verb, note="nagevraagd", by=actor)
            return
        with pytest.raises(Refused):
            settle(signal=signal, verb=verb, note="  ", by=actor)
        kept = settle(signal=signal, verb=verb, note="nagevraagd", by=actor)
    assert (kept.status, kept.note, kept.decided_by_id) == (CELLS[begin, verb], "nagevraagd", who.user_id)
    assert {move.verb for move in MOVES} == {"explain", "follow_up", "look_again"}


def test_nobody_settles_a_signal_about_themselves_and_none_is_settled_without_a_note() -> None:
    who = officer()
    signal = signal_of(who)
    with act(factories.actor(who)) as actor:
        assert access.verbs_for(actor, signal) == []
        with pytest.raises(PermissionDenied):
            settle(signal=signal, verb="explain", note="ik was het zelf", by=actor)
    with pytest.raises(IntegrityError), factories.as_owner(), transaction.atomic():
        Signal.objects.filter(pk=signal.pk).update(status=Status.EXPLAINED)


# pages


def test_the_pages_tell_the_pattern_in_words_and_no_name_of_a_citizen(client_of: ClientOf) -> None:
    gp = factories.member("gp", name="Karim Haddou")
    patient, who = factories.patient(own_name="Haddou", call_name="Zwartekraaij"), officer(gp.organisation)
    number = line(gp, patient, at(9))
    look()
    (signal,) = found(Pattern.FAMILY)
    client = client_of(who)
    listed = client.get("/oversight/signals/").content.decode()
    assert "inwoner met dezelfde achternaam" in listed.lower()
    page = client.get(f"/oversight/signals/{signal.pk}/").content.decode()
    assert sentences.signal(Pattern.FAMILY, 1) in page
    assert f">{number}<" in page
    with factories.as_owner():
        looked = Event.objects.get(verb="log.searched", subject_type="signal")
    assert (looked.user_id, looked.patient_id, looked.data["found"]) == (who.user_id, None, 1)
    assert f"nummer {patient.pk}" in page
    assert "Zwartekraaij" not in listed + page
    answer = client.post(f"/oversight/signals/{signal.pk}/", {"verb": "explain", "note": "was de eigen arts"})
    assert answer.status_code == 302
    assert f"/oversight/signals/{signal.pk}/" not in client.get("/oversight/signals/").content.decode()
    assert "verklaard" in client.get("/oversight/signals/?status=explained").content.decode()
    assert "was de eigen arts" in client.get(f"/oversight/signals/{signal.pk}/").content.decode()


def test_a_signal_without_a_note_stays_and_says_so(client_of: ClientOf) -> None:
    gp = factories.member("gp")
    signal = signal_of(gp)
    answer = client_of(officer()).post(f"/oversight/signals/{signal.pk}/", {"verb": "follow_up", "note": ""})
    assert answer.status_code == 200
    assert "form-errors" in answer.content.decode()


def test_the_list_is_narrowed_by_pattern_and_by_organisation(client_of: ClientOf) -> None:
    gp, elsewhere = factories.member("gp", name="Anna Kool"), factories.member("gp", name="Bert Raap")
    signal_of(gp)
    signal_of(elsewhere, kind=Pattern.NIGHT)
    client = client_of(officer())

    def listed(query: str) -> set[str]:
        text = client.get(f"/oversight/signals/?{query}").content.decode()
        return {name for name in ("Anna Kool", "Bert Raap") if name in text}

    assert listed("") == {"Anna Kool", "Bert Raap"}
    assert listed("kind=night") == {"Bert Raap"}
    assert listed(f"organisation={gp.organisation_id}") == {"Anna Kool"}
    assert listed("kind=unheard&organisation=x&status=%00") == {"Anna Kool", "Bert Raap"}
    assert listed("status=explained") == set()


def test_a_record_is_watched_and_let_go_from_its_page(client_of: ClientOf) -> None:
    who, (patient,) = officer(), people(1)
    client = client_of(who)
    assert client.post("/oversight/watches/", {"number": 10**12, "reason": "klacht", "days": 30}).status_code == 409
    assert client.post("/oversight/watches/", {"number": patient.pk, "reason": "klacht", "days": 30}).status_code == 302
    with factories.as_owner():
        watch = Watch.objects.get()
    page = client.get("/oversight/watches/").content.decode()
    assert "elk uur nagekeken" in page
    assert "klacht" in page
    assert "Zonderling" not in page
    assert client.post(f"/oversight/watches/{watch.pk}/end/").status_code == 302
    assert "gestopt" in client.get("/oversight/watches/").content.decode()


@pytest.mark.parametrize("role", ["gp", "manager", "coordinator"])
def test_other_roles_have_no_business_here(client_of: ClientOf, role: str) -> None:
    client = client_of(factories.member(role))
    for page in ("", "emergencies/", "signals/", "watches/"):
        assert client.get(f"/oversight/{page}").status_code == 403, page
    signal = signal_of(factories.member(role))
    for page in (f"signals/{signal.pk}/", "emergencies/1/"):
        assert client.get(f"/oversight/{page}").status_code == 404, page
