"""Who gets in as a system, and what it may not do: tried as somebody who has no business there."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from events.actor import act
from events.errors import Refused
from events.models import Event
from exchange import fhir
from exchange.partners import connecting, identity
from exchange.partners.models import Scope
from oversight.access.log import Names
from oversight.lines import _who as who
from region.partner import Key, Partner
from tests import factories
from tests.exchange.partners.world import ALL, BSN, World, now, partner_of, within
from tests.referrals.world import take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return World()


def events(verb: str) -> list[dict[str, Any]]:
    with factories.as_owner():
        return list(Event.objects.filter(verb=verb).values("actor_name", "data", "outcome", "organisation_id"))


def manager(world: World) -> Any:
    return factories.actor(factories.permit(factories.member("manager", at=world.other), "manage_sources"))


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    said = answer.json()
    return answer.status_code == status and (said.get("error") or said["issue"][0]["diagnostics"]) == code


def test_a_system_signs_in_once_per_statement_and_the_log_names_the_client(world: World) -> None:
    system = world.system()
    told = system.sign_in("system/Task.rs").json()
    assert (told["token_type"], told["scope"], told["expires_in"] <= 300) == ("DPoP", "system/Task.rs", True)
    same = uuid.uuid4().hex
    assert system.sign_in(jti=same).status_code == 200
    assert refused(system.sign_in(jti=same), 401, "invalid_client"), "the same statement again"
    assert [one["data"]["reason"] for one in events("client.refused")] == ["invalid_client"]
    referral = world.refer()
    system.step(referral.pk, "accepted")
    with factories.as_owner():
        told = Event.objects.get(verb="referral.accepted")
        names = Names(users={told.user_id or 0: "Systeem van Thuiszorg De Meent"}, organisations={})
        assert who(told, names) == f"Systeem van Thuiszorg De Meent · client:{system.client_id}"
    (line,) = events("referral.accepted")
    assert (line["actor_name"], line["organisation_id"]) == (f"client:{system.client_id}", world.other.pk)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://elders.voorbeeld.nl/token"}, "invalid_client"),
        ({"aud": f"{settings.ADDRESS}/fhir"}, "invalid_client"),
        ({"exp": int(time.time()) - 60}, "invalid_client"),
        ({"exp": int(time.time()) + 3600}, "invalid_client"),
        ({"sub": "somebody-else"}, "invalid_client"),
        ({"iss": "nis-0"}, "invalid_client"),
    ],
)
def test_a_statement_for_another_place_time_or_client_lets_nobody_in(
    world: World, claims: dict[str, Any], code: str
) -> None:
    assert refused(world.system().sign_in(**claims), 401, code)


def test_another_key_a_stopped_key_and_a_closed_connection_let_nobody_in(world: World) -> None:
    system = world.system()
    token = system.sign_in().json()["access_token"]
    own, system.key = system.key, Key("first")
    assert refused(system.sign_in(), 401, "invalid_client"), "signed with a key that was not registered"
    system.key = own
    by = manager(world)
    new = Key("second")
    with act(by):
        connecting.add_key(kid="second", text=json.dumps(new.jwk), by=by)
    with act(by):
        key = next(one for one in world.connection.keys.all() if one.kid == "first")
        connecting.stop_key(key=key, by=by)
    address = f"{settings.ADDRESS}/fhir/Task"
    head = {"Authorization": f"DPoP {token}", "DPoP": system.proof("GET", address, token)}
    assert refused(system.http.get(address, headers=head), 401, "invalid_token"), "ended with the key"
    assert refused(system.sign_in(), 401, "invalid_client")
    system.key = new
    assert system.call("GET", "/Task").status_code == 200
    with factories.as_owner():
        world.other.admission = "suspended"
        world.other.save()
    assert refused(system.sign_in(), 401, "invalid_client"), "no participant any more"


def test_a_token_counts_shortly_and_only_with_its_own_key_for_this_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = world.system()
    token = system.sign_in().json()["access_token"]
    address = f"{settings.ADDRESS}/fhir/Task"

    def ask(proof: str, scheme: str = "DPoP", shown: str = token) -> httpx.Response:
        return system.http.get(address, headers={"Authorization": f"{scheme} {shown}", "DPoP": proof})

    once = system.proof("GET", address, token)
    assert ask(once).status_code == 200
    assert refused(ask(once), 401, "invalid_dpop_proof"), "the same proof again"
    assert refused(ask(system.proof("PUT", address, token)), 401, "invalid_dpop_proof")
    assert refused(ask(system.proof("GET", f"{address}/1", token)), 401, "invalid_dpop_proof")
    assert refused(ask(system.proof("GET", address)), 401, "invalid_dpop_proof"), "not of this token"
    assert refused(ask(system.proof("GET", address, token, iat=int(time.time()) - 300)), 401, "invalid_dpop_proof")
    assert refused(ask(""), 401, "invalid_dpop_proof")
    assert refused(ask(system.proof("GET", address, token), "Bearer"), 401, "invalid_token"), (
        "without proof (RFC 9449 7.2)"
    )
    assert refused(ask(system.proof("GET", address, "x"), shown="x"), 401, "invalid_token")
    thief = Partner(settings.ADDRESS)
    assert refused(ask(thief.proof("GET", address, token)), 401, "invalid_token"), "who picked up the token"
    monkeypatch.setattr(identity, "TOKEN_SECONDS", -1)
    assert refused(ask(system.proof("GET", address, token)), 401, "invalid_token"), "too old"


def test_a_system_does_what_it_was_granted_and_nothing_that_is_for_people(world: World) -> None:
    system = world.system(scopes=[Scope.READ])
    referral = world.refer()
    assert refused(system.sign_in("system/Task.u"), 400, "invalid_scope")
    assert refused(system.call("PUT", f"/Task/{referral.pk}", {}), 403, "insufficient_scope")
    assert refused(system.call("POST", "", system.referral("R-1", BSN, world.help.pk)), 403, "insufficient_scope")
    assert refused(system.call("GET", f"/ServiceRequest/{referral.pk}"), 403, "insufficient_scope")
    assert refused(system.call("GET", f"/Patient/{world.patient.key}"), 403, "insufficient_scope")
    assert refused(system.call("GET", "/AuditEvent"), 403, "insufficient_scope")
    assert now(referral).status == "requested"


def test_a_list_names_nobody_to_a_system_also_after_acceptance(world: World) -> None:
    system = world.system()
    referral = world.refer()
    assert system.step(referral.pk, "accepted").status_code == 200
    whole = system.call("GET", f"/ServiceRequest/{referral.pk}")
    assert world.patient.own_name in whole.text, "one at a time, with the record opened"
    for kind in ("Task", "ServiceRequest"):
        page = system.call("GET", f"/{kind}")
        assert page.json()["total"] == 1
        assert world.patient.own_name not in page.text
        assert str(world.patient.key) not in page.text


def test_a_task_of_others_does_not_exist_and_the_try_is_logged(world: World) -> None:
    world.system()
    referral = world.refer()
    stranger = Partner(settings.ADDRESS)
    stranger.http = within()
    partner_of(factories.organisation("home_care", "Thuiszorg Elders"), stranger)
    assert stranger.call("GET", f"/Task/{referral.pk}").status_code == 404
    put = stranger.call("PUT", f"/Task/{referral.pk}", {"resourceType": "Task"}, **{"If-Match": 'W/"1"'})
    assert put.status_code == 404
    assert stranger.call("GET", "/Task").json()["total"] == 0
    assert [one["actor_name"] for one in events("record.denied")] == [f"client:{stranger.client_id}"] * 2
    unknown = stranger.call("POST", "", stranger.referral("R-1", BSN, world.help.pk))
    nobody = stranger.call("POST", "", stranger.referral("R-2", "999990020", world.help.pk))
    assert (unknown.status_code, unknown.json()) == (nobody.status_code, nobody.json()), "whom others help is not told"
    assert unknown.json()["issue"][0]["expression"] == ["ServiceRequest.subject"]
    assert len(events("partner.unknown")) == 2, "who asks about strangers is seen"


def test_a_step_is_taken_on_the_newest_version_alone_and_judged_as_for_a_person(world: World) -> None:
    system = world.system()
    referral = world.refer()
    read = system.call("GET", f"/Task/{referral.pk}")
    accepted = {**read.json(), "status": "accepted"}
    known = {"If-Match": read.headers["ETag"]}
    assert system.call("PUT", f"/Task/{referral.pk}", accepted).status_code == 428
    with act(factories.actor(world.gp)):
        take("supplement", referral, world.gp)
    late = system.call("PUT", f"/Task/{referral.pk}", accepted, **known)
    assert late.status_code == 412
    assert now(referral).status == "requested"
    assert system.step(referral.pk, "accepted").status_code == 200
    again = system.step(referral.pk, "accepted")
    assert again.status_code == 200, "what is there already changes nothing"
    assert system.step(referral.pk, "cancelled").status_code == 403, "that is the sender's"
    assert system.step(referral.pk, "received", "Nog een vraag?", statusReason=_reason("question")).status_code == 409
    told = system.step(referral.pk, "completed")
    assert (told.status_code, told.json()["issue"][0]["expression"]) == (422, ["Task.output"])
    naming = system.step(referral.pk, "completed", "Mevrouw De Vries is geholpen.", output=_output("helped"))
    assert (naming.status_code, naming.json()["issue"][0]["expression"]) == (422, ["Task.note"])


def _reason(code: str) -> dict[str, Any]:
    return {"coding": [{"system": fhir.OWN_ASK_REASON, "code": code}]}


def _output(code: str) -> list[dict[str, Any]]:
    concept = {"coding": [{"system": fhir.OWN_OUTCOME, "code": code}]}
    return [{"type": {"text": "uitkomst"}, "valueCodeableConcept": concept}]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"ServiceRequest__extension": []}, "ServiceRequest.extension"),
    ({"ServiceRequest__status": "draft"}, "ServiceRequest.status"),
    ({"ServiceRequest__status": 7}, "ServiceRequest.status"),
    ({"ServiceRequest__bodySite": [{"text": "been"}]}, "ServiceRequest.bodySite"),
    ({"ServiceRequest__modifierExtension": [{"url": "urn:x", "valueBoolean": True}]}, "ServiceRequest.modifierExtension"),
    ({"ServiceRequest__reasonCode": []}, "ServiceRequest.reasonCode"),
    ({"ServiceRequest__subject": {"display": "J. de Vries"}}, "ServiceRequest.subject.identifier"),
    ({"ServiceRequest__performer": [{"reference": "HealthcareService/999999"}]}, "ServiceRequest.performer"),
    ({"ServiceRequest__performer": [{"reference": "Organization/1"}]}, "ServiceRequest.performer"),
    ({"Task__description": "Mevrouw De Vries heeft hulp nodig"}, "Task.description"),
    ({"Task__focus": {"reference": "ServiceRequest/1"}}, "Task.focus"),
    ({"Task__input": [{"type": {"text": "x"}, "valueString": "y"}]}, "Task.input"),
]  # fmt: skip


def test_what_is_wrong_is_named_by_its_place_and_nothing_is_kept(world: World) -> None:
    system = world.system()
    for number, (more, place) in enumerate(WRONG):
        told = system.call("POST", "", system.referral(f"R-{number}", BSN, world.help.pk, **more))
        places = [one["expression"][0] for one in told.json()["issue"]]
        assert (told.status_code, places) == (422, [place]), more
    one = system.referral("R-1", BSN, world.help.pk)
    for body, status in (
        ({}, 422), ({"resourceType": "Bundle", "type": "batch", "entry": one["entry"]}, 422), ({**one, "entry": one["entry"] * 2}, 422),
        ({**one, "entry": [1, 2]}, 422), ({**one, "text": "x" * 300_000}, 413),
    ):  # fmt: skip
        assert system.call("POST", "", body).status_code == status
    assert system.call("POST", "", one, **{"Content-Type": "text/plain"}).status_code == 415
    token = system.sign_in().json()["access_token"]
    head = {"Authorization": f"DPoP {token}", "DPoP": system.proof("POST", f"{settings.ADDRESS}/fhir", token)}
    broken = system.http.post(
        f"{settings.ADDRESS}/fhir", content="{", headers={**head, "Content-Type": "application/fhir+json"}
    )
    assert broken.status_code == 400
    assert events("referral.sent") == []


def test_who_manages_the_connections_alone_connects_and_never_to_a_closed_address(
    world: World, settings: Any, client_of: Any
) -> None:
    plain = factories.member("district_nurse", at=world.other)
    assert client_of(plain).get("/partner/").status_code == 403
    by = manager(world)
    settings.PRODUCTION = True
    told: dict[str, Any] = {"active": True, "scopes": ALL, "token_url": "", "own_client_id": "", "secret": "", "by": by}
    for address in (
        "http://ehr.example.nl/fhir",
        "https://127.0.0.1/fhir",
        "https://[::1]/fhir",
        "https://169.254.169.254/",
    ):
        with act(by), pytest.raises(Refused):
            connecting.connect(endpoint=address, **told)
    settings.PRODUCTION = False
    with act(by):
        connecting.connect(endpoint="", **told)
    private = {**Key("x").jwk, "d": "AAAA"}
    for text in ("{}", "[]", "nothing", json.dumps(private), json.dumps({"kty": "oct", "k": "c2VjcmV0"})):
        with act(by), pytest.raises(Refused):
            connecting.add_key(kid="x", text=text, by=by)


def test_the_page_shows_what_the_supplier_needs_and_stops_a_key(world: World, client_of: Any) -> None:
    boss = factories.permit(factories.member("manager", at=world.other), "manage_sources")
    page: Client = client_of(boss)
    assert page.post("/partner/", {"active": "on", "scopes": ALL}).status_code == 302
    assert page.post("/partner/keys/", {"kid": "k1", "text": json.dumps(Key("k1").jwk)}).status_code == 302
    shown = page.get("/partner/").content.decode()
    for word in ("nis-", "/oauth/token", "k1"):
        assert word in shown
    assert page.post("/partner/keys/", {"kid": "k2", "text": "geen sleutel"}).status_code == 422
    other = factories.permit(factories.member("manager", at=factories.organisation("gp")), "manage_sources")
    with act(factories.actor(boss)):
        from exchange.partners.models import ClientKey

        number = ClientKey.objects.get().pk
    assert client_of(other).post(f"/partner/keys/{number}/stop/").status_code == 404
    assert page.post(f"/partner/keys/{number}/stop/").status_code == 302
    assert "gestopt" in page.get("/partner/").content.decode()
