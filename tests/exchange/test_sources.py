"""Connecting sources and seeing how they do: who may, what is refused at which field, and that nothing tells about whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from dossier.actions import ask_source, ask_sources, drop_old_counts
from dossier.models import Source, SourceHour
from dossier.sources import shared
from dossier.sources.health import STEPS, step_of, total, within
from dossier.sources.results import FetchResult, Outcome, SourceConfig
from events.actor import act, system
from events.models import Event
from people.models import Membership, Organisation
from tests import factories
from tests.dossier.sources.conftest import Running

pytestmark = pytest.mark.django_db(transaction=True)
Browser = Callable[[Membership], Client]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("region"))
    yield running
    running.server.shutdown()
    running.server.server_close()


def manager(domain: str = "gp", at: Organisation | None = None) -> Membership:
    made = factories.member("manager", at=at or factories.organisation(domain))
    with factories.as_owner():
        assign_perm("people.manage_sources", made.user, made.organisation)
    return made


def typed(**more: Any) -> dict[str, Any]:
    return {
        "name": "HIS De Linde", "kind": "his", "base_url": "https://fhir.delinde.example/r4", "fhir_version": "R4",
        "categories": ["0", "2", "3"], "active": "on", "authorisation": "none", "client_method": "private_key_jwt",
        "nothing_hours": "24", "page_size": "100", "page_limit": "25", "rate_limit": "0", "breaker_failures": "5",
        "breaker_seconds": "30", **more,
    }  # fmt: skip


@pytest.mark.parametrize("role", ["gp", "manager", "privacy_officer"])
def test_without_the_permission_nobody_sees_or_connects_sources(client_of: Browser, role: str) -> None:
    somebody = factories.member(role)
    source = factories.source(somebody.organisation)
    client = client_of(somebody)
    for name, numbers in (("sources", []), ("source_new", []), ("source", [source.pk]), ("source_edit", [source.pk])):
        assert client.get(reverse(f"exchange:{name}", args=numbers)).status_code == 403, name
    assert client.post(reverse("exchange:source_new"), typed()).status_code == 403
    assert client.post(reverse("exchange:source_test", args=[source.pk])).status_code == 403


def test_a_source_of_another_organisation_does_not_exist(client_of: Browser) -> None:
    source = factories.source(factories.organisation())
    client = client_of(manager())
    assert client.get(reverse("exchange:source", args=[source.pk])).status_code == 404
    assert client.post(reverse("exchange:source_edit", args=[source.pk]), typed()).status_code == 404
    assert client.post(reverse("exchange:source_test", args=[source.pk])).status_code == 404
    assert source.name not in client.get(reverse("exchange:sources")).content.decode()


def test_the_region_sees_how_all_do_and_changes_none(client_of: Browser) -> None:
    source = factories.source(factories.organisation(name="Praktijk Ver Weg"))
    client = client_of(manager("region"))
    assert "Praktijk Ver Weg" in client.get(reverse("exchange:sources")).content.decode()
    page = client.get(reverse("exchange:source", args=[source.pk]))
    assert page.status_code == 200
    assert reverse("exchange:source_edit", args=[source.pk]) not in page.content.decode()
    tried = client.post(reverse("exchange:source_test", args=[source.pk]), follow=True).content.decode()
    assert "De bron antwoordt niet goed: geen verbinding." in tried
    assert client.get(reverse("exchange:source_edit", args=[source.pk])).status_code == 403
    assert client.get(reverse("exchange:source_new")).status_code == 403


def test_a_manager_connects_a_source_and_changes_it_and_the_log_keeps_which_fields(client_of: Browser) -> None:
    mine = manager()
    client = client_of(mine)
    response = client.post(reverse("exchange:source_new"), typed())
    with factories.as_owner():
        made = Source.objects.get()
    assert response["Location"] == reverse("exchange:source", args=[made.pk])
    assert (made.organisation_id, made.categories) == (mine.organisation_id, 0b1101)
    edit = reverse("exchange:source_edit", args=[made.pk])
    assert 'value="HIS De Linde"' in client.get(edit).content.decode()
    assert client.post(edit, typed(rate_limit="12", deadline="1,5", fresh_minutes="")).status_code == 302
    with factories.as_owner():
        made.refresh_from_db()
        assert (made.rate_limit, made.deadline, made.fresh_minutes) == (12, 1.5, None)
        lines = list(Event.objects.filter(verb__startswith="source.").order_by("id").values_list("verb", "data"))
    assert lines == [("source.connected", {}), ("source.changed", {"fields": ["deadline", "rate_limit"]})]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Dit mag niet leeg blijven."),
        ({"base_url": "fhir"}, "Vul een heel adres in"),
        ({"base_url": "ftp://fhir.example/"}, "Dit is geen adres waar een bron kan staan"),
        ({"base_url": "https://user@fhir.example/"}, "Dit is geen adres waar een bron kan staan"),
        ({"base_url": "https://fhir.example/?x=1"}, "Dit is geen adres waar een bron kan staan"),
        ({"categories": []}, "Kies ten minste één soort gegevens."),
        ({"authorisation": "mtls"}, "Kies het certificaat waarmee het netwerk zich toont."),
        ({"authorisation": "oauth"}, "Vul in waar het netwerk een token vraagt."),
        ({"authorisation": "oauth"}, "Kies de sleutel waarmee het netwerk ondertekent."),
        ({"authorisation": "oauth", "client_method": "client_secret_basic"}, "Kies het bestand met het geheim."),
        ({"deadline": "11"}, "Vul een getal in van 0,5 tot en met 10."),
        ({"deadline": "gauw"}, "Vul een getal in van 0,5 tot en met 10."),
        ({"page_size": "0"}, "Vul een getal in van 1 tot en met 1000."),
        ({"breaker_seconds": ""}, "Vul een getal in van 5 tot en met 3600."),
        ({"certificate": "../../etc/passwd"}, "certificate"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_connected(
    client_of: Browser, wrong: dict[str, Any], said: str
) -> None:
    page = client_of(manager()).post(reverse("exchange:source_new"), typed(**wrong))
    assert page.status_code == 200
    assert said in page.content.decode()
    assert "Dit veld is vereist" not in page.content.decode()
    with factories.as_owner():
        assert not Source.objects.exists()


def test_the_same_name_twice_is_refused_at_the_name(client_of: Browser) -> None:
    mine = manager()
    factories.source(mine.organisation, name="HIS De Linde")
    page = client_of(mine).post(reverse("exchange:source_new"), typed()).content.decode()
    assert "heeft al een bron met deze naam" in page


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://fhir.delinde.example/r4", "https://"),
        ("https://127.0.0.1/fhir", "mag het netwerk niet vragen"),
        ("https://localhost/fhir", "mag het netwerk niet vragen"),
        ("https://169.254.169.254/latest", "mag het netwerk niet vragen"),
        ("https://10.1.2.3/fhir", "mag het netwerk niet vragen"),
        ("https://[::1]/fhir", "mag het netwerk niet vragen"),
    ],
)
def test_with_real_people_no_address_leads_inside_or_goes_unencrypted(
    client_of: Browser, settings: Any, address: str, said: str
) -> None:
    settings.PRODUCTION = True
    page = client_of(manager()).post(reverse("exchange:source_new"), typed(base_url=address)).content.decode()
    assert said in page
    with factories.as_owner():
        assert not Source.objects.exists()


def test_a_region_names_the_hosts_that_sources_may_have(client_of: Browser, settings: Any) -> None:
    settings.PRODUCTION, settings.SOURCE_HOSTS = True, ["*.zorg.example", "10.1.2.3"]
    client = client_of(manager())
    refused = client.post(reverse("exchange:source_new"), typed(base_url="https://fhir.elders.example/r4"))
    assert "mag het netwerk niet vragen" in refused.content.decode()
    for number, address in enumerate(("https://fhir.zorg.example/r4", "https://10.1.2.3/fhir")):
        told = typed(base_url=address, name=f"HIS {number}")
        assert client.post(reverse("exchange:source_new"), told).status_code == 302


def test_secrets_are_chosen_by_name_from_the_own_folder_alone(
    client_of: Browser, settings: Any, tmp_path: Path
) -> None:
    mine, other = manager(), factories.organisation()
    settings.SECRETS = str(tmp_path)
    for place, name in ((mine.organisation_id, "netwerk.key"), (other.pk, "andere.key")):
        (tmp_path / f"organisation-{place}").mkdir()
        (tmp_path / f"organisation-{place}" / name).write_text("GEHEIM-VAN-DE-BRON")
    (tmp_path / f"organisation-{mine.organisation_id}" / "uit.key").symlink_to(
        tmp_path / f"organisation-{other.pk}" / "andere.key"
    )
    client = client_of(mine)
    page = client.get(reverse("exchange:source_new")).content.decode()
    assert "netwerk.key" in page
    assert "andere.key" not in page
    assert "GEHEIM" not in page
    oauth = {"authorisation": "oauth", "token_url": "https://fhir.delinde.example/token", "client_id": "nis"}
    for name, status in (("andere.key", 200), ("uit.key", 200), ("netwerk.key", 302)):
        told = client.post(reverse("exchange:source_new"), typed(**oauth, client_key=name))
        assert told.status_code == status, name
        assert "GEHEIM" not in told.content.decode()


def test_the_database_refuses_who_does_not_manage_whatever_the_code_does() -> None:
    gp, mine = factories.member("gp"), manager()
    source = factories.source(gp.organisation)
    for who in (gp, mine):
        with pytest.raises(DatabaseError), act(factories.actor(who)), transaction.atomic():
            Source.objects.create(
                organisation=gp.organisation,
                name="x",
                kind="his",
                base_url="http://x.example",
                fhir_version="R4",
                categories=1,
            )
        with act(factories.actor(who)):
            assert Source.objects.filter(pk=source.pk).update(base_url="http://elders.example") == 0
    with act(factories.actor(mine)), connection.cursor() as cursor:
        own = factories.source(mine.organisation)
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("update dossier_source set organisation_id = %s where id = %s", [gp.organisation_id, own.pk])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("delete from dossier_source where id = %s", [own.pk])


def test_trying_a_source_asks_what_it_is_and_nothing_about_anybody(client_of: Browser, sources: Running) -> None:
    mine = manager()
    source = factories.source(mine.organisation, base_url=f"{sources.address}/his/fhir")
    sources.lines.clear()
    page = client_of(mine).post(reverse("exchange:source_test", args=[source.pk]), follow=True).content.decode()
    assert "De bron antwoordt, in 0," in page
    assert "(geprobeerd)" in page.replace("\n", "")
    assert [line.split()[1] for line in sources.lines] == ["/his/fhir/metadata"]
    with factories.as_owner():
        assert not SourceHour.objects.exists(), "a try is no question of care"
        line = Event.objects.get(verb="source.tested")
    assert (line.data, line.patient_id) == ({"outcome": "answered", "reason": ""}, None)


@pytest.mark.parametrize(
    ("fault", "version", "said"),
    [
        ("down", "R4", "verbinding verbroken"),
        ("html", "R4", "geen FHIR in JSON"),
        ("none", "STU3", "een andere versie van FHIR"),
    ],
)
def test_trying_says_in_words_what_is_wrong(
    client_of: Browser, sources: Running, fault: str, version: str, said: str
) -> None:
    mine = manager()
    source = factories.source(mine.organisation, base_url=f"{sources.address}/his/fhir", version=version)
    sources.app.set_fault("his", fault)
    try:
        page = client_of(mine).post(reverse("exchange:source_test", args=[source.pk]), follow=True).content.decode()
    finally:
        sources.app.set_fault("his", "none")
    assert f"De bron antwoordt niet goed: {said}." in page


def test_a_missing_secret_is_said_and_nothing_is_sent(client_of: Browser, sources: Running) -> None:
    mine = manager()
    source = factories.source(
        mine.organisation, base_url=f"{sources.address}/his/fhir", authorisation="mtls", certificate="weg.pem"
    )
    sources.lines.clear()
    page = client_of(mine).post(reverse("exchange:source_test", args=[source.pk]), follow=True).content.decode()
    assert "bestand met geheim ontbreekt" in page
    assert sources.lines == []


def test_answers_are_counted_by_the_hour_and_shown_with_their_reasons(client_of: Browser, sources: Running) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], number="999993653")
    source = factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir")
    for fault in ("none", "500", "500"):
        sources.app.set_fault("his", fault)
        ask_source(source=source, key=patient.key, by=factories.actor(gp), again=True)
    sources.app.set_fault("his", "none")
    with factories.as_owner():
        kept = {(one.outcome, one.reason): (one.answers, sum(one.spread)) for one in SourceHour.objects.all()}
    assert kept == {("nothing", "unknown-patient"): (1, 1), ("fault", "status-500"): (2, 2)}
    client = client_of(manager(at=gp.organisation))
    for period in ("day", "week", "month"):
        page = client.get(reverse("exchange:source", args=[source.pk]), {"period": period}).content.decode()
        assert "2 van de 3 vragen" in page
        assert "Foutcode 500" in page
        assert str(patient.key) not in page
        assert "999993653" not in page
    assert "vaak geen antwoord" in client.get(reverse("exchange:sources")).content.decode()


def test_an_open_breaker_shows_with_its_hour(client_of: Browser) -> None:
    mine = manager()
    source = factories.source(mine.organisation)
    config = SourceConfig(source.base_url, "R4", "x", number=source.pk, breaker_failures=2, breaker_seconds=60)
    for _ in range(2):
        shared.leave(config, "closed", FetchResult(config, Outcome.NO_ANSWER, "deadline"))
    page = client_of(mine).get(reverse("exchange:source", args=[source.pk])).content.decode()
    assert "met rust gelaten" in page
    assert "2 keer achter elkaar geen antwoord" in page
    assert "met rust gelaten" in client_of(mine).get(reverse("exchange:sources")).content.decode()


def test_counts_are_dropped_after_their_term(settings: Any) -> None:
    source = factories.source(factories.organisation())
    for days in (0, 89, 91, 400):
        with factories.as_owner():
            SourceHour.objects.create(source=source, hour=timezone.now() - timedelta(days=days), outcome="nothing")
    with act(system("keeping", purpose="HOPERAT")) as actor:
        assert drop_old_counts(by=actor) == 2


def test_a_source_that_is_switched_off_is_asked_nothing(sources: Running) -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation], number="999993653")
    factories.source(gp.organisation, base_url=f"{sources.address}/his/fhir", active=False)
    sources.lines.clear()

    assert ask_sources(key=patient.key, by=factories.actor(gp)) == 0
    assert sources.lines == []


def test_the_seconds_within_which_answers_come_are_read_from_the_steps() -> None:
    spread = total([[0] * (len(STEPS) + 1)])
    assert within(spread, 0.95) is None
    for seconds in [0.12] * 90 + [1.8] * 10:
        spread[step_of(seconds)] += 1
    middle, most = within(spread, 0.5), within(spread, 0.95)
    assert 0.1 < (middle or 0) <= 0.15
    assert 1.5 < (most or 0) <= 2.0
    spread[step_of(99)] += 1000
    assert within(spread, 0.95) == STEPS[-1]


def test_the_manager_finds_sources_in_the_rail_and_begins_there(client_of: Browser) -> None:
    client = client_of(manager())
    assert client.get("/")["Location"] in {reverse("exchange:sources"), reverse("rights:inbox")}
    assert f'href="{reverse("exchange:sources")}"' in client.get(reverse("exchange:sources")).content.decode()


def test_a_new_source_begins_with_what_is_usual_and_empty_fields(client_of: Browser) -> None:
    page = client_of(manager()).get(reverse("exchange:source_new")).content.decode()
    assert "DatabaseDefault" not in page
    assert 'name="breaker_seconds" value="30"' in page.replace(' min="5"', "").replace("  ", " ")
