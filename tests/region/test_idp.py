"""The demonstration's identity provider, spoken to over a real socket as any client of OpenID Connect would."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
import pytest

from region import idp, services
from region.idp_pages import BASIS, HOOG
from region.personas import Persona, Personas, code_at, code_fits, secret_of
from tests.signing_in import at_provider, region, said

BACK = "http://testserver/sign-in/zorg/return/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MANY = [{"means": "zorg", "sub": f"n{i}", "name": f"Naam {i}", "label": "arts"} for i in range(60)]
PERSONAS = [
    *MANY,
    {"means": "zorg", "sub": "visser", "name": "Joris Visser", "label": "huisarts", "email": "j@zorg.example",
     "groups": ["gp:De Linde"], "featured": True},
    {"means": "digid", "sub": "burger", "name": "Anna de Vries", "label": "inwoner van Huizen", "bsn": "999990019"},
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with region(tmp_path_factory.mktemp("region"), PERSONAS) as running:
        yield running


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def asked(address: str, means: str = "zorg", **changed: str | None) -> str:
    """The address to which a product sends the browser."""
    values: dict[str, str | None] = {
        "client_id": f"nis-{means}", "redirect_uri": BACK.replace("zorg", means), "response_type": "code",
        "scope": "openid profile email groups bsn", "state": "st", "nonce": "no", "code_challenge": CHALLENGE,
        "code_challenge_method": "S256", **changed,
    }  # fmt: skip
    kept = {name: value for name, value in values.items() if value is not None}
    return f"{address}/idp/{means}/authorize?{urlencode(kept)}"


def exchange(http: httpx.Client, address: str, code: str, means: str = "zorg", **changed: Any) -> httpx.Response:
    """Ask the token endpoint for what the code stands for."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK.replace("zorg", means), "code_verifier": VERIFIER,
        "client_id": f"nis-{means}", "client_secret": services.SECRET, **changed,
    }  # fmt: skip
    return http.post(f"{address}/idp/{means}/token", data=form)


def test_the_whole_way_gives_a_signed_token_that_holds(http: httpx.Client, address: str) -> None:
    known = http.get(f"{address}/idp/zorg/.well-known/openid-configuration").json()
    assert known["issuer"] == f"{address}/idp/zorg"
    back = said(at_provider(asked(address), "visser"))
    assert (back["state"], back["iss"]) == ("st", known["issuer"])
    answer = exchange(http, address, back["code"])
    assert answer.status_code == 200
    tokens = answer.json()
    key = jwt.PyJWKClient(known["jwks_uri"]).get_signing_key_from_jwt(tokens["id_token"])
    claims = jwt.decode(tokens["id_token"], key, algorithms=["ES256"], audience="nis-zorg", issuer=known["issuer"])
    assert (claims["sub"], claims["nonce"], claims["amr"]) == ("visser", "no", ["pwd", "otp", "mfa"])
    assert "name" not in claims
    told = http.get(known["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert told == {"sub": "visser", "name": "Joris Visser", "email": "j@zorg.example", "groups": ["gp:De Linde"]}


def test_the_secret_may_also_come_as_basic_authentication(http: httpx.Client, address: str) -> None:
    code = said(at_provider(asked(address), "visser"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert http.post(f"{address}/idp/zorg/token", data=form, auth=("nis-zorg", services.SECRET)).status_code == 200


def test_digid_tells_the_level_that_was_chosen_and_the_number_only_to_who_fetches_it(
    http: httpx.Client, address: str
) -> None:
    for acr, amr in ((BASIS, ["pwd"]), (HOOG, ["pwd", "otp", "mfa"])):
        code = said(at_provider(asked(address, "digid"), "burger", acr=acr))["code"]
        tokens = exchange(http, address, code, "digid").json()
        claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        assert (claims["acr"], claims["amr"]) == (acr, amr)
        assert "bsn" not in claims
        told = http.get(
            f"{address}/idp/digid/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
        ).json()
        assert told["bsn"] == "999990019"


def test_a_code_counts_once_and_what_it_gave_is_taken_back(http: httpx.Client, address: str) -> None:
    code = said(at_provider(asked(address), "visser"))["code"]
    token = exchange(http, address, code).json()["access_token"]
    again = exchange(http, address, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert http.get(f"{address}/idp/zorg/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_code_lasts_a_minute(http: httpx.Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idp, "CODE_LASTS", -1)
    code = said(at_provider(asked(address), "visser"))["code"]
    assert exchange(http, address, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": BACK + "x"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nis-digid"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_of_no_use_to_who_did_not_ask_for_it(
    http: httpx.Client, address: str, changed: dict[str, str], error: str
) -> None:
    code = said(at_provider(asked(address), "visser"))["code"]
    assert exchange(http, address, code, **changed).json() == {"error": error}


def test_a_code_of_one_means_is_unknown_to_the_other(http: httpx.Client, address: str) -> None:
    code = said(at_provider(asked(address), "visser"))["code"]
    assert exchange(http, address, code, "digid").json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "x"},
        {"redirect_uri": BACK + "?a=1"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
    ],
)
def test_an_unknown_product_or_way_back_is_not_sent_anywhere(
    http: httpx.Client, address: str, changed: dict[str, Any]
) -> None:
    answer = http.get(asked(address, **changed))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None}, {"code_challenge_method": "plain"}, {"code_challenge_method": None}, {"state": None},
        {"nonce": None}, {"response_type": "token"}, {"scope": "profile"},
    ],
)  # fmt: skip
def test_a_question_without_pkce_state_or_nonce_goes_back_as_an_error(
    http: httpx.Client, address: str, changed: dict[str, Any]
) -> None:
    answer = http.get(asked(address, **changed))
    assert answer.headers["location"].startswith(BACK)
    assert "error" in said(answer.headers["location"])


def test_five_wrong_codes_end_the_attempt(http: httpx.Client, address: str) -> None:
    place = http.get(asked(address)).headers["location"]
    page = http.post(f"{address}{place}", data={"sub": "visser"}).headers["location"]
    right = re.search(r'value="(\d{6})"', http.get(f"{address}{page}").text)
    assert right
    wrong = "000000" if right[1] != "000000" else "111111"
    for _ in range(4):
        answer = http.post(f"{address}{page}", data={"code": wrong})
        assert "klopt niet" in answer.text
    assert said(http.post(f"{address}{page}", data={"code": wrong}).headers["location"])["error"] == "access_denied"
    assert http.get(f"{address}{page}").status_code == 410


def test_the_code_cannot_be_skipped(http: httpx.Client, address: str) -> None:
    place = http.get(asked(address)).headers["location"]
    key = place.rsplit("/", 1)[1]
    assert http.post(f"{address}/idp/zorg/code/{key}", data={"code": "000000"}).status_code == 410
    assert http.get(f"{address}/idp/digid/authorize/{key}").status_code == 410


def test_many_people_are_searched_without_accents_and_the_featured_come_first(http: httpx.Client, address: str) -> None:
    place = f"{address}{http.get(asked(address)).headers['location']}"
    page = http.get(place).text
    assert page.index("Joris Visser") < page.index("Naam 0")
    assert "En nog 21 anderen" in page
    found = http.get(place, params={"q": "HUISARTS jóris"}).text
    assert "Joris Visser" in found
    assert "Naam 1" not in found
    assert "<script>" not in http.get(place, params={"q": '"><script>'}).text


def test_pages_are_marked_and_may_load_nothing_from_elsewhere(http: httpx.Client, address: str) -> None:
    page = http.get(f"{address}{http.get(asked(address)).headers['location']}")
    assert "Demonstratie" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://testserver" in policy
    assert "style=" not in page.text
    assert "<script" not in page.text


def test_signing_out_goes_back_to_known_addresses_only(http: httpx.Client, address: str) -> None:
    end = f"{address}/idp/zorg/end_session"
    home = {"client_id": "nis-zorg", "post_logout_redirect_uri": "http://testserver/sign-in/"}
    assert http.get(end, params=home).headers["location"] == "http://testserver/sign-in/"
    elsewhere = http.get(end, params={**home, "post_logout_redirect_uri": "https://evil.example/"})
    assert elsewhere.status_code == 200
    assert "location" not in elsewhere.headers


def test_it_refuses_to_exist_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("production", None):
        monkeypatch.delenv("NIS_ENV") if value is None else monkeypatch.setenv("NIS_ENV", value)
        with pytest.raises(RuntimeError, match="production"):
            idp.make_app(tmp_path, "http://localhost", services.clients([]))


def test_the_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = idp.signing_key(tmp_path / "idp-key.pem")
    assert (tmp_path / "idp-key.pem").stat().st_mode & 0o777 == 0o600
    assert idp.signing_key(tmp_path / "idp-key.pem").private_numbers() == first.private_numbers()


def test_codes_are_those_of_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    for moment, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert code_at(secret, moment) == code
    assert code_fits(secret, "287 082", 59)
    assert code_fits(secret, "287082", 89)
    assert not code_fits(secret, "287082", 120)
    assert secret_of(b"m", Persona("zorg", "a", "A")) != secret_of(b"m", Persona("digid", "a", "A"))


def test_people_are_read_again_when_the_region_changed(tmp_path: Path) -> None:
    personas = Personas(tmp_path / "personas.json")
    assert personas.all("zorg") == []
    (tmp_path / "personas.json").write_text('[{"means": "zorg", "sub": "a", "name": "A"}]')
    assert [persona.sub for persona in personas.all("zorg")] == ["a"]
