"""Finding a person: what is typed and how it is read, who is found, who not, and whom somebody works with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.actions import record
from events.actor import act
from events.models import Event
from people.models import Membership, Patient
from tests import factories
from trust.access import open_record, recent_patients, search_patients, worked_with
from trust.categories import Category
from workplace.forms import SearchForm

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]
PAGE = "workplace:patients"


def spread(q: str) -> dict[str, object]:
    form = SearchForm({"q": q})
    assert form.is_valid(), form.errors
    found = form.cleaned_data
    return {name: found[name] for name in ("names", "birth_date", "postcode", "bsn") if found[name]}


MARCH = date(1948, 3, 12)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("vries 12-3-48", {"names": ["vries"], "birth_date": MARCH}),
        ("12 maart 1948 de vries", {"names": ["de", "vries"], "birth_date": MARCH}),
        ("de vries, 12 mrt '48", {"names": ["de", "vries"], "birth_date": MARCH}),
        ("12/03/1948", {"birth_date": MARCH}),
        ("12.3.1948", {"birth_date": MARCH}),
        ("12 3 48", {"birth_date": MARCH}),
        ("120348 vries", {"names": ["vries"], "birth_date": MARCH}),
        ("12031948", {"birth_date": MARCH}),
        ("1948-03-12", {"birth_date": MARCH}),
        ("jansen 1271 aa", {"names": ["jansen"], "postcode": "1271AA"}),
        ("1271AA", {"postcode": "1271AA"}),
        ("jansen 1271", {"names": ["jansen"], "postcode": "1271"}),
        ("jansen 1271ab 1-5-50", {"names": ["jansen"], "postcode": "1271AB", "birth_date": date(1950, 5, 1)}),
        ("999990019", {"bsn": "999990019"}),
        ("9999.90.019", {"bsn": "999990019"}),
        ("'t hart 3 okt 2001", {"names": ["'t", "hart"], "birth_date": date(2001, 10, 3)}),
    ],
)
def test_one_box_understands_what_people_write(typed: str, understood: dict[str, object]) -> None:
    assert spread(typed) == understood


def test_a_year_of_two_digits_is_the_last_that_has_been() -> None:
    today = timezone.localdate()
    young, old = today - timedelta(days=30), date(today.year - 100 + 1, 1, 2)
    assert spread(f"x{chr(97)} {young:%d-%m-%y}")["birth_date"] == young
    assert spread(f"xa {old:%d-%m-%y}")["birth_date"] == old


@pytest.mark.parametrize("typed", ["", "v", "1271", "jansen 1948", "31-02-1948 x", "123456789", "99-99-9999"])
def test_too_little_and_the_impossible_are_said(client_of: Browser, typed: str) -> None:
    gp = factories.member("gp")
    factories.patient(related_to=[gp.organisation], own_name="Jansen")
    page = client_of(gp).post(reverse(PAGE), {"q": typed}).content.decode()
    assert 'role="alert"' in page
    assert f'value="{typed}"' in page or not typed
    with factories.as_owner():
        assert not Event.objects.filter(verb="record.searched").exists()


PEOPLE: dict[str, dict[str, str]] = {
    "berg": {"initials": "J.P.", "call_name": "Hans", "first_names": "Johannes Petrus", "own_prefix": "van den", "own_name": "Berg"},
    "hart": {"initials": "K.", "own_prefix": "'t", "own_name": "Hart"},
    "hondt": {"initials": "L.", "own_prefix": "d'", "own_name": "Hondt"},
    "meijer": {"initials": "M.", "own_name": "Meijer", "partner_prefix": "van der", "partner_name": "Velde", "name_use": "NL4"},
    "smit": {"initials": "A.B.", "own_name": "Smit"},
    "muller": {"initials": "R.", "own_name": "Müller-Gökçe"},
    "ng": {"initials": "T.", "own_name": "Ng"},
}  # fmt: skip


@pytest.fixture
def gp() -> Membership:
    made = factories.member("gp")
    for values in PEOPLE.values():
        factories.patient(related_to=[made.organisation], **values)
    return made


def names(gp: Membership, typed: str) -> set[str]:
    with act(factories.actor(gp)) as actor:
        return {patient.own_name for patient in search_patients(actor, names=typed.split())}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("van den berg", {"Berg"}), ("berg van den", {"Berg"}), ("v.d. berg", {"Berg"}), ("vd Berg", {"Berg"}),
        ("van der berg", {"Berg"}), ("vandenberg", {"Berg"}), ("hans berg", {"Berg"}), ("johan berg", {"Berg"}),
        ("j.p. berg", {"Berg"}), ("jp van den berg", {"Berg"}), ("berg j", {"Berg"}), ("breg hans", {"Berg"}),
        ("'t hart", {"Hart"}), ("t hart", {"Hart"}), ("hart", {"Hart"}), ("d'hondt", {"Hondt"}), ("hond", {"Hondt"}),
        ("meyer", {"Meijer"}), ("meijers", {"Meijer"}), ("van der velde-meijer", {"Meijer"}), ("velde", {"Meijer"}),
        ("smti", {"Smit"}), ("b smit", {"Smit"}), ("z smit", {"Smit"}), ("gokce", {"Müller-Gökçe"}), ("mueller", {"Müller-Gökçe"}),
        ("ng", {"Ng"}), ("%", set()), ("_____", set()), ("xyzzy", set()), ("van der", {"Meijer"}),
    ],
)  # fmt: skip
def test_names_in_any_order_forgive_typing_and_prefixes(gp: Membership, typed: str, found: set[str]) -> None:
    assert names(gp, typed) == found


def test_who_fits_exactly_keeps_out_who_only_resembles(gp: Membership) -> None:
    factories.patient(related_to=[gp.organisation], own_name="Smits")
    factories.patient(related_to=[gp.organisation], own_name="Smid")
    assert names(gp, "smits") == {"Smits"}
    assert names(gp, "smidt") == {"Smid", "Smit", "Smits"}


def test_the_typed_prefix_brings_its_bearer_to_the_top(gp: Membership) -> None:
    factories.patient(related_to=[gp.organisation], own_name="Berg", initials="A.")
    with act(factories.actor(gp)) as actor:
        found = search_patients(actor, names=["van", "den", "berg"])
    assert [patient.own_prefix for patient in found] == ["van den", ""]


def test_who_resembles_most_comes_first_and_names_in_use_before_others(gp: Membership) -> None:
    for call, first, own in (
        ("Sanne", "Sanne", "Blom"), ("Piet", "Piet", "Jansen"), ("Ingrid", "Ingrid Anna", "Aalders"), ("Anna", "Anna", "Zeeman"),
        ("Koen", "Koen Thijs", "Aarts"), ("Thijs", "Mattheus", "Zwart"), ("Ben", "Ben René", "Adema"), ("René", "Renatus", "Zuid"),
    ):  # fmt: skip
        factories.patient(related_to=[gp.organisation], call_name=call, first_names=first, own_name=own)
    with act(factories.actor(gp)) as actor:
        assert [p.own_name for p in search_patients(actor, names=["jansne"])] == ["Jansen", "Blom"]
        assert [p.own_name for p in search_patients(actor, names=["anna"])] == ["Zeeman", "Aalders"]
        assert [p.own_name for p in search_patients(actor, names=["Thijs"])] == ["Zwart", "Aarts"]
        assert [p.own_name for p in search_patients(actor, names=["rene"])] == ["Zuid", "Adema"]
        assert search_patients(actor, names=["x" * 300]) == []


@pytest.mark.parametrize("typed", ["%ernis", "w%s", "%%%", "wi__ernis", "%_%", "\\%", "wil\\"])
def test_what_is_typed_is_no_pattern(gp: Membership, typed: str) -> None:
    factories.patient(related_to=[gp.organisation], call_name="Quirijn", first_names="Quirijn", own_name="Wildernis")
    assert names(gp, typed) == set()


def test_a_changed_name_is_found_by_the_new_one_and_the_old_is_forgotten(gp: Membership) -> None:
    with factories.as_owner():
        Patient.objects.filter(own_name="Hondt").update(own_name="Zwaluwnest")
    assert names(gp, "zwaluwnest") == {"Zwaluwnest"}
    assert names(gp, "hondt") == set()
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute("select array(select word from people_nameword where word in ('hondt', 'zwaluwnest', 'smit'))")
        assert set(cursor.fetchone()[0]) == {"zwaluwnest", "smit"}


def test_unknown_and_out_of_reach_look_the_same(client_of: Browser, gp: Membership) -> None:
    factories.patient(number="999990019", own_name="Buitenbereik", birth_date=date(1950, 1, 2))
    client = client_of(gp)

    def answer(**typed: str) -> str:
        page = client.post(reverse(PAGE), typed).content.decode().split("<main")[1]
        for said in typed.values():
            page = page.replace(said, "")
        return page.split('<div class="stack">')[1].split("csrf")[0]

    assert answer(bsn="999990019") == answer(bsn="999990020").replace("0020", "0019")
    assert answer(name="Buitenbereik") == answer(name="Bestaatniet")
    with factories.as_owner():
        lines = Event.objects.filter(verb="record.searched")
        assert {line.data["found"] for line in lines} == {0}
        assert all("Buitenbereik" not in str(line.data) and line.patient_id is None for line in lines)


def test_a_number_is_not_sought_where_it_may_not_be_processed() -> None:
    welfare = factories.organisation("welfare", may_process_bsn=False)
    worker = factories.member("welfare_worker", at=welfare)
    factories.patient(related_to=[welfare], number="999990019")
    with act(factories.actor(worker)) as actor:
        assert search_patients(actor, names=[], bsn="999990019") == []


def test_nobody_looks_through_all_who_are_within_reach(client_of: Browser, gp: Membership) -> None:
    client = client_of(gp)
    with act(factories.actor(gp)), connection.cursor() as cursor:
        cursor.execute("select trust_log_search('{}') from generate_series(1, 60)")
    answer = client.post(reverse(PAGE), {"q": "smit"})
    assert answer.status_code == 429
    assert "Wacht enkele minuten" in answer.content.decode()
    assert "A.B. Smit" not in answer.content.decode()
    assert client_of(factories.member("gp", at=gp.organisation)).post(reverse(PAGE), {"q": "smit"}).status_code == 200


def test_more_than_a_page_is_said_and_not_shown(client_of: Browser) -> None:
    gp = factories.member("gp")
    for _n in range(27):
        factories.patient(related_to=[gp.organisation], own_name="Jansen")
    page = client_of(gp).post(reverse(PAGE), {"q": "jansen"}).content.decode()
    assert page.count("data-row") == 25
    assert "Er zijn er meer" in page


def test_who_is_not_found_can_be_registered_with_what_was_typed(client_of: Browser, gp: Membership) -> None:
    client = client_of(gp)
    page = client.post(reverse(PAGE), {"q": "Nieuweling 12-3-48"}).content.decode()
    assert "Niemand gevonden" in page
    assert reverse("workplace:register") in page
    assert reverse("workplace:emergency") in page
    form = client.post(
        reverse("workplace:register"), {"do": "carry", "own_name": "Nieuweling", "birth_date": "12-03-1948"}
    ).content.decode()
    assert 'value="Nieuweling"' in form
    assert 'value="12-03-1948"' in form
    assert 'role="alert"' not in form


def test_opened_last_comes_first_and_only_ones_own(client_of: Browser, gp: Membership) -> None:
    colleague = factories.member("gp", at=gp.organisation)
    with factories.as_owner():
        smit, hart, ng = (Patient.objects.get(own_name=name) for name in ("Smit", "Hart", "Ng"))
    for member, patient in ((gp, smit), (gp, hart), (colleague, ng), (gp, smit)):
        client_of(member).get(reverse("workplace:patient", args=[patient.key]))
    with act(factories.actor(gp)) as actor:
        assert [patient.own_name for patient, _at in recent_patients(actor)] == ["Smit", "Hart"]
        assert worked_with(actor, mine=True) == []
    page = client_of(gp).get(reverse(PAGE)).content.decode()
    assert page.index("A.B. Smit") < page.index("K. &#x27;t Hart")
    assert "T. Ng" not in page
    with factories.as_owner():
        hart.carerelation_set.all() if hasattr(hart, "carerelation_set") else None
        with connection.cursor() as cursor:
            cursor.execute(
                "update trust_carerelation set period = tstzrange(lower(period), now()) where patient_id = %s",
                [hart.pk],
            )
    with act(factories.actor(gp)) as actor:
        assert [patient.own_name for patient, _at in recent_patients(actor)] == ["Smit"]


def test_mine_are_those_for_whom_more_was_done_than_looking(client_of: Browser, gp: Membership) -> None:
    colleague = factories.member("gp", at=gp.organisation)
    with factories.as_owner():
        smit, hart = (Patient.objects.get(own_name=name) for name in ("Smit", "Hart"))
    for member, patient in ((gp, smit), (colleague, hart)):
        with act(factories.actor(member)) as actor:
            open_record(actor, patient.key, [Category.IDENTITY])
            record("entry.added", subject=patient, patient_id=patient.pk, by=actor)
    with act(factories.actor(gp)) as actor:
        assert [patient.own_name for patient, _at in worked_with(actor, mine=True)] == ["Smit"]
        assert {patient.own_name for patient, _at in worked_with(actor, mine=False)} == {"Smit", "Hart"}
    mine = client_of(gp).get(reverse(PAGE), {"view": "mine"}).content.decode()
    assert "A.B. Smit" in mine
    assert "Hart" not in mine
    assert "Hart" in client_of(gp).get(reverse(PAGE), {"view": "team"}).content.decode()


def test_a_role_that_meets_nobody_is_told_of_nobody(gp: Membership) -> None:
    manager = factories.member("manager", at=gp.organisation)
    with act(factories.actor(manager)) as actor:
        assert search_patients(actor, names=["smit"]) == []
        assert recent_patients(actor) == []
        assert worked_with(actor, mine=False) == []
