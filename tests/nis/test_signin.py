"""Signing in over a real socket: who is let in, who is refused and told why, and what stays behind of it: nothing personal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from events.actor import act
from nis.urls import urlpatterns as product
from people.actions import link_citizen
from people.models import Membership, Patient, User
from portal.actions import admit_carer
from region.idp_pages import BASIS, HOOG, MIDDEN, SUBSTANTIEEL
from region.personas import code_at
from tests import factories
from tests.signing_in import apps, at_provider, begin, come_back, region, said, sign_in
from trust.access import digest_of
from trust.models import Mandate

BSN = "999990019"
PERSONAS = [
    {"means": "zorg", "sub": "visser", "name": "Joris Visser", "label": "huisarts"},
    {"means": "zorg", "sub": "dewit", "name": "Renée de Wit", "label": "wijkverpleegkundige"},
    {"means": "zorg", "sub": "vreemd", "name": "Vera Vreemd", "label": "tandarts"},
    {"means": "digid", "sub": "burger", "name": "Anna de Vries-Geheim", "bsn": BSN},
    {"means": "digid", "sub": "onbekend", "name": "Otto Onbekend", "bsn": "999990032"},
]


def work(request: HttpRequest) -> HttpResponse:
    """A page like all those of the product: it says as whom one acts."""
    actor = request.actor  # type: ignore[attr-defined]
    return HttpResponse(f"{actor.kind} {actor.organisation_id} {actor.role}")


urlpatterns = [path("desk/", work), *product]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with region(tmp_path_factory.mktemp("region"), PERSONAS) as running:
        yield running


@pytest.fixture(autouse=True)
def _providers(address: str, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = apps(address)
    settings.LOGIN_REDIRECT_URL = "/desk/"


def professional(sub: str, *roles: str, organisations: int = 1) -> list[Membership]:
    """A professional as the region makes one, with a membership per organisation."""
    with factories.as_owner():
        user = User.objects.create_user(f"zorg:{sub}", name="Joris Visser")
    made = [factories.organisation() for _ in range(organisations)]
    with factories.as_owner():
        return [
            Membership.objects.create(user=user, organisation=o, role=r, period=factories.since())
            for o, r in zip(made, roles or ("gp",) * organisations, strict=True)
        ]


def events(verb: str) -> list[tuple[Any, ...]]:
    """The lines of one kind in the log."""
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "select actor_kind, user_id, subject_id, data from events_event where verb = %s order by id", [verb]
        )
        return [(*line[:3], json.loads(line[3])) for line in cursor.fetchall()]


def test_a_professional_signs_in_with_two_factors_and_works_for_the_only_organisation() -> None:
    (membership,) = professional("visser")
    client = Client()
    answer = sign_in(client, "zorg", "visser")
    assert answer.headers["Location"] == "/desk/"
    assert client.get("/desk/").content.decode() == f"professional {membership.organisation_id} gp"
    assert events("session.started") == [("professional", membership.user_id, membership.user_id, {"means": "zorg"})]


def test_the_page_asked_for_comes_after_signing_in_and_an_address_elsewhere_never() -> None:
    professional("visser")
    assert sign_in(Client(), "zorg", "visser", "/desk/?a=1").headers["Location"] == "/desk/?a=1"
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert sign_in(Client(), "zorg", "visser", elsewhere).headers["Location"] == "/desk/"


def test_who_works_for_two_organisations_chooses_first_and_may_switch() -> None:
    one, two = professional("dewit", "district_nurse", "gp", organisations=2)
    client = Client()
    answer = sign_in(client, "zorg", "dewit")
    assert answer.headers["Location"].startswith("/choose/")
    assert client.get("/desk/").headers["Location"] == "/choose/?next=%2Fdesk%2F"
    page = client.get("/choose/").content.decode()
    assert one.organisation.name in page
    assert two.organisation.name in page
    before = client.session.session_key
    assert client.post("/choose/", {"membership": two.pk, "next": "/desk/"}).headers["Location"] == "/desk/"
    assert client.session.session_key != before
    assert client.get("/desk/").content.decode() == f"professional {two.organisation_id} gp"
    client.post("/choose/", {"membership": one.pk})
    assert client.get("/desk/").content.decode() == f"professional {one.organisation_id} district_nurse"


def test_nobody_chooses_the_membership_of_somebody_else() -> None:
    professional("dewit", organisations=2)
    stranger = factories.member()
    client = Client()
    sign_in(client, "zorg", "dewit")
    assert client.post("/choose/", {"membership": stranger.pk}).status_code == 404
    assert client.post("/choose/", {"membership": "x"}).status_code == 404
    assert "membership" not in client.session


def test_a_membership_that_ended_while_signed_in_gives_nothing_any_more() -> None:
    professional("visser")
    client = Client()
    sign_in(client, "zorg", "visser")
    with factories.as_owner():
        Membership.objects.all().delete()
    assert client.get("/desk/").headers["Location"].startswith("/choose/")
    assert "geen enkele organisatie" in client.get("/choose/").content.decode()


def test_a_request_of_htmx_is_sent_on_as_a_whole_page() -> None:
    professional("visser", organisations=2)
    client = Client()
    sign_in(client, "zorg", "visser")
    answer = client.get("/desk/", HTTP_HX_REQUEST="true")
    assert answer.headers["HX-Redirect"].startswith("/choose/")


def test_who_is_unknown_is_told_so_and_is_not_signed_in() -> None:
    client = Client()
    answer = sign_in(client, "zorg", "vreemd")
    assert answer.status_code == 403
    assert "nog niet bekend" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()
    assert events("session.refused") == [("anonymous", None, 0, {"means": "zorg", "reason": "unknown"})]


def test_who_is_no_longer_active_is_refused() -> None:
    (membership,) = professional("visser")
    with factories.as_owner():
        User.objects.update(is_active=False)
    client = Client()
    assert "afgesloten" in sign_in(client, "zorg", "visser").content.decode()
    assert "_auth_user_id" not in client.session
    assert events("session.refused")[0][2] == membership.user_id


def code(secret: str) -> str:
    """What the phone shows now."""
    return code_at(secret, time.time())


def test_without_a_second_factor_nothing_opens_until_one_is_set_up_here() -> None:
    (membership,) = professional("visser")
    client = Client()
    assert sign_in(client, "zorg", "visser", without=True).headers["Location"] == "/sign-in/second-factor/new/"
    for place in ("/desk/", "/choose/", "/preferences/", "/preferences/sessions/"):
        assert client.get(place).headers["Location"] == "/sign-in/second-factor/new/"
    assert client.post("/choose/", {"membership": membership.pk}).headers["Location"] == "/sign-in/second-factor/new/"
    assert client.get("/sign-in/second-factor/new/").status_code == 200
    secret = client.session["mfa.totp.secret"]
    assert client.post("/sign-in/second-factor/new/", {"code": "000000"}).status_code == 200
    assert client.get("/desk/").headers["Location"] == "/sign-in/second-factor/new/"
    made = client.post("/sign-in/second-factor/new/", {"code": code(secret)})
    assert "herstelcodes" in made.content.decode()
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert mfa_adapter().decrypt(kept) == secret
    assert client.get("/desk/").headers["Location"].startswith("/choose/")
    client.post("/choose/", {"membership": membership.pk})
    assert client.get("/desk/").status_code == 200
    assert len(events("second_factor.added")) == 1


def test_who_set_one_up_here_gives_it_each_time_the_provider_asked_none() -> None:
    (membership,) = professional("visser")
    secret = generate_totp_secret()
    TOTP.activate(membership.user, secret)
    client = Client()
    assert sign_in(client, "zorg", "visser", without=True).headers["Location"] == "/sign-in/second-factor/"
    assert "_auth_user_id" not in client.session
    assert client.get("/sign-in/second-factor/").status_code == 200
    assert client.post("/sign-in/second-factor/", {"code": "000000"}).status_code == 200
    assert events("session.refused") == [("anonymous", None, membership.user_id, {"means": "zorg", "reason": "code"})]
    assert client.post("/sign-in/second-factor/", {"code": code(secret)}).headers["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert sign_in(Client(), "zorg", "visser").headers["Location"] == "/desk/"


def citizen(**values: Any) -> Patient:
    """The citizen behind the persona of DigiD."""
    return factories.patient(number=BSN, own_name="Vries-Geheim", **values)


@pytest.mark.parametrize("acr", [SUBSTANTIEEL, HOOG])
def test_a_citizen_signs_in_and_finds_the_own_record(acr: str) -> None:
    patient = citizen()
    client = Client()
    assert sign_in(client, "digid", "burger", acr=acr).headers["Location"] == "/desk/"
    assert client.get("/desk/").content.decode() == "citizen None citizen"
    user = User.objects.get()
    assert (user.username, user.name, user.email) == ("digid:burger", "", "")
    with factories.as_owner():
        patient.refresh_from_db()
    assert patient.account_id == user.pk
    sign_in(Client(), "digid", "burger", acr=acr)
    assert User.objects.count() == 1


def test_nothing_personal_of_a_citizen_stays_outside_the_record(caplog: pytest.LogCaptureFixture) -> None:
    citizen()
    client = Client()
    caplog.set_level("DEBUG")
    sign_in(client, "digid", "burger")
    kept = [
        str(Session(session_data=row).get_decoded()) for row in Session.objects.values_list("session_data", flat=True)
    ]
    with factories.as_owner(), connection.cursor() as cursor:
        for table in (
            "socialaccount_socialaccount",
            "socialaccount_socialtoken",
            "account_emailaddress",
            "people_user",
            "events_event",
        ):
            cursor.execute(f"select coalesce(json_agg(t)::text, '') from {table} t")
            kept.append(cursor.fetchone()[0])
    kept.append(caplog.text)
    assert kept[0]
    for text in kept:
        assert BSN not in text
        assert "Geheim" not in text


@pytest.mark.parametrize("acr", [BASIS, MIDDEN])
def test_a_low_level_is_refused_because_health_data_asks_more(acr: str) -> None:
    citizen()
    client = Client()
    answer = sign_in(client, "digid", "burger", acr=acr)
    assert answer.status_code == 403
    assert "ID-check" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()


def test_a_citizen_who_is_unknown_or_has_died_gets_a_page_that_says_so() -> None:
    citizen(deceased_on=date(2026, 1, 1))
    assert "overleden" in sign_in(Client(), "digid", "burger").content.decode()
    assert "kennen u nog niet" in sign_in(Client(), "digid", "onbekend").content.decode()
    assert [line[3]["reason"] for line in events("session.refused")] == ["deceased", "citizen_unknown"]
    assert not User.objects.exists()


def test_an_account_number_that_is_taken_by_somebody_else_is_refused() -> None:
    citizen()
    other = factories.patient()
    with factories.as_owner():
        other.account = User.objects.create_user("digid:burger")
        other.save()
    assert "passen niet bij elkaar" in sign_in(Client(), "digid", "burger").content.decode()
    with factories.as_owner():
        User.objects.filter(username="digid:burger").update(username="digid:onbekend")
    assert "passen niet bij elkaar" in sign_in(Client(), "digid", "onbekend").content.decode()


def mandate_of(patient: Patient) -> str:
    """A mandate that waits for its code; returns the code."""
    factories.citizen(patient)
    with factories.as_owner():
        Mandate.objects.create(
            patient=patient, name="Otto", kind="carer", categories=1, given_by=patient.account, period=factories.since(1),
            code_digest=digest_of("ABCD-EFGH-JKLM"), code_until=timezone.now() + timedelta(days=1),
        )  # fmt: skip
    return "ABCD-EFGH-JKLM"


def test_who_is_unknown_signs_in_with_the_code_of_a_mandate_and_leaves_no_name_or_number() -> None:
    code = mandate_of(citizen())
    client = Client()
    assert "kreeg een code" in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/code/", {"code": ""}).status_code == 422
    page = client.post("/sign-in/code/", {"code": code.lower()}).content.decode()
    assert "Log nu in met uw eigen DigiD" in page
    answer = sign_in(client, "digid", "onbekend", "/portal/acting/")
    assert answer.headers["Location"] == "/portal/acting/"
    made = User.objects.get(username="digid:onbekend")
    assert (made.name, made.email) == ("", "")
    assert f'value="{code.lower()}"' in client.get("/portal/acting/").content.decode()
    assert client.post("/portal/acting/", {"code": code}).headers["Location"] == "/portal/"
    assert "mandate_code" not in client.session
    again = Client()
    assert sign_in(again, "digid", "onbekend").headers["Location"] == "/desk/"
    assert again.get("/").headers["Location"] == "/portal/acting/"
    assert User.objects.filter(username__startswith="digid:onbekend").count() == 1


@pytest.mark.parametrize("typed", ["AAAA-BBBB-CCCC", "", "late"])
def test_who_is_unknown_stays_out_without_a_code_that_holds(typed: str) -> None:
    code = mandate_of(citizen())
    if typed == "late":
        with factories.as_owner():
            Mandate.objects.update(code_until=timezone.now())
    client = Client()
    client.post("/sign-in/code/", {"code": code if typed == "late" else typed})
    answer = sign_in(client, "digid", "onbekend")
    assert answer.status_code == 403
    assert ("kennen u nog niet" if typed == "" else "De code klopt niet") in answer.content.decode()
    assert not User.objects.filter(username="digid:onbekend").exists()
    assert "_auth_user_id" not in client.session


def test_a_carer_who_is_registered_later_keeps_the_account_as_the_own_one() -> None:
    code = mandate_of(citizen())
    client = Client()
    client.post("/sign-in/code/", {"code": code})
    sign_in(client, "digid", "onbekend")
    account = User.objects.get(username="digid:onbekend")
    own = factories.patient(number="999990032")
    sign_in(Client(), "digid", "onbekend")
    with factories.as_owner():
        own.refresh_from_db()
    assert own.account_id == account.pk


def test_an_account_for_a_carer_is_made_by_nobody_who_is_signed_in() -> None:
    mandate_of(citizen())
    actor = factories.actor(factories.member())
    with pytest.raises(ProgrammingError), act(actor):
        admit_carer(username="digid:x", digest=digest_of("ABCD-EFGH-JKLM"), by=actor)


def test_an_account_is_looked_up_by_bsn_by_nobody_who_is_signed_in() -> None:
    citizen()
    actor = factories.actor(factories.member())
    with pytest.raises(ProgrammingError), act(actor):
        link_citizen(bsn=BSN, username="digid:x", by=actor)


def test_an_answer_with_another_state_is_refused() -> None:
    professional("visser")
    client = Client()
    back = at_provider(begin(client, "zorg"), "visser")
    answer = come_back(client, back.replace(said(back)["state"], "0123456789abcdef"))
    assert answer.status_code == 403
    assert "niet gelukt" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_answer_meant_for_another_browser_is_refused() -> None:
    professional("visser")
    back = at_provider(begin(Client(), "zorg"), "visser")
    other = Client()
    begin(other, "zorg")
    assert come_back(other, back).status_code == 403


def test_an_answer_with_another_nonce_is_refused() -> None:
    professional("visser")
    client = Client()
    there = begin(client, "zorg")
    back = at_provider(there.replace(said(there)["nonce"], "another-nonce"), "visser")
    assert come_back(client, back).status_code == 403
    assert "_auth_user_id" not in client.session


def test_an_answer_that_names_another_issuer_is_refused() -> None:
    professional("visser")
    client = Client()
    back = at_provider(begin(client, "zorg"), "visser")
    assert come_back(client, back.replace("%2Fidp%2Fzorg", "%2Fidp%2Fdigid")).status_code == 403
    assert "_auth_user_id" not in client.session


def test_the_same_answer_a_second_time_is_refused() -> None:
    professional("visser")
    client = Client()
    back = at_provider(begin(client, "zorg"), "visser")
    assert come_back(client, back).status_code == 302
    assert come_back(client, back).status_code == 403


def test_who_stops_at_the_provider_is_told_so(address: str) -> None:
    client = Client()
    there = said(begin(client, "zorg"))
    answer = come_back(client, f"{there['redirect_uri']}?error=access_denied&state={there['state']}")
    assert "gestopt met inloggen" in answer.content.decode()


def test_a_provider_that_does_not_answer_is_told_so(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = apps("http://localhost:9")
    answer = Client().post("/sign-in/zorg/")
    assert answer.status_code == 503
    assert "antwoordt niet" in answer.content.decode()


def test_signing_in_begins_with_a_posted_form_and_only_with_providers_that_exist() -> None:
    assert Client().get("/sign-in/zorg/").status_code == 405
    assert Client().post("/sign-in/google/").status_code == 404
    assert Client(enforce_csrf_checks=True).post("/sign-in/zorg/").status_code == 403


def test_signing_out_ends_the_session_here_and_at_the_provider(address: str) -> None:
    professional("visser")
    client = Client()
    sign_in(client, "zorg", "visser")
    key = client.session.session_key
    assert client.get("/sign-out/").status_code == 405
    answer = client.post("/sign-out/")
    assert answer.headers["Location"].startswith(f"{address}/idp/zorg/end_session?")
    assert said(answer.headers["Location"])["post_logout_redirect_uri"] == "http://testserver/sign-in/"
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/desk/").headers["Location"].startswith("/sign-in/")
    assert len(events("session.ended")) == 1


def test_a_session_without_activity_ends_and_one_in_use_does_not_until_the_end_of_the_day(settings: Any) -> None:
    professional("visser")
    client = Client()
    with time_machine.travel("2026-11-22 08:00:00+00:00") as clock:
        sign_in(client, "zorg", "visser")
        for _ in range(3):
            clock.shift(25 * 60)
            assert client.get("/desk/").content.decode().startswith("professional")
        clock.shift(31 * 60)
        assert client.get("/desk/").headers["Location"].startswith("/sign-in/")
        sign_in(client, "zorg", "visser")
        for _ in range(4):
            clock.shift(11 * 60)
            part = client.get("/desk/", headers={"HX-Request": "true"})
        assert part.status_code == 302, "a page that only asks by itself is no activity"
        sign_in(client, "zorg", "visser")
        for _ in range(settings.SESSION_LONGEST_HOURS * 3 - 1):
            clock.shift(20 * 60)
            client.get("/desk/")
        clock.shift(25 * 60)
        assert client.get("/desk/").headers["Location"] == "/sign-in/"


def test_the_doors_stand_side_by_side_and_a_missing_provider_has_none(settings: Any) -> None:
    page = Client().get("/sign-in/").content.decode()
    assert "Ik werk in zorg of welzijn" in page
    assert "Ik ben inwoner" in page
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    page = Client().get("/sign-in/").content.decode()
    assert "Ik ben inwoner" not in page


def test_preferences_are_kept_one_by_one_or_all_together() -> None:
    (membership,) = professional("visser")
    client = Client()
    sign_in(client, "zorg", "visser")
    assert client.post("/preferences/", {"theme": "dark", "next": "/desk/"}).headers["Location"] == "/desk/"
    assert (
        client.post("/preferences/", {"density": "dense", "next": "//evil.example"}).headers["Location"]
        == "/preferences/"
    )
    assert client.post("/preferences/", {"language": "xx"}).status_code == 422
    user = User.objects.get(pk=membership.user_id)
    assert (user.theme, user.density, user.language) == ("dark", "dense", "nl")
    assert "Kleuren" in client.get("/preferences/").content.decode()


def test_other_sessions_of_the_account_are_listed_and_can_be_ended() -> None:
    professional("visser", organisations=2)
    one, two = Client(), Client()
    sign_in(one, "zorg", "visser")
    sign_in(two, "zorg", "visser")
    two.post("/choose/", {"membership": Membership.objects.first().pk})  # type: ignore[union-attr]
    assert "Overal anders uitloggen" in two.get("/preferences/sessions/").content.decode()
    two.post("/preferences/sessions/")
    assert two.get("/desk/").content.decode().startswith("professional")
    assert one.get("/desk/").headers["Location"].startswith("/sign-in/")


def test_passwords_sign_up_and_the_other_pages_of_allauth_do_not_exist() -> None:
    for place in (
        "/accounts/login/",
        "/sign-in/signup/",
        "/accounts/password/reset/",
        "/accounts/3rdparty/",
        "/accounts/2fa/",
    ):
        assert Client().get(place).status_code in {404, 405}
