"""What a functional manager, or a source, might turn against others: tokens, secrets, addresses inside, and answers of somebody else."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from dossier.actions import connect_source
from dossier.actions.connection import config_of
from dossier.sources import token
from dossier.sources.address import may_reach
from dossier.sources.results import OAuth
from dossier.sources.secret_files import SecretMissing
from events.actor import act
from events.errors import Refused
from exchange import cloud
from exchange.actions import add_subscription
from exchange.models import Subscription
from people.models import Organisation
from region.source_examples import BSN, VAN_PUTTEN
from tests import factories
from tests.dossier.sources.fakes import Fake, condition, only_conditions
from trust.categories import Category

Start = Callable[[Callable[..., Any]], str]


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    token.forget_tokens()
    yield
    token.forget_tokens()


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def other_source() -> Iterator[Start]:
    """A source of the test's own making: give a WSGI callable, get its address."""
    servers = []

    def start(app: Callable[..., Any]) -> str:
        server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class Tokens:
    """A token address that gives each time another token."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        self.given += 1
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"access_token": f"t{self.given}", "token_type": "bearer", "expires_in": 300}).encode()]


def test_a_token_of_one_source_is_never_used_for_another(other_source: Start) -> None:
    """With a certificate as proof there is no secret to tell two participants apart; the own address would be given the other's token."""
    door = OAuth(other_source(Tokens()), "nis", "tls_client_auth")
    of_one, of_other = Fake(only_conditions(condition())), Fake(only_conditions(condition()))
    of_one.ask(other_source(of_one), number=1, oauth=door)
    of_other.ask(other_source(of_other), number=2, oauth=door)
    assert {one["HTTP_AUTHORIZATION"] for one in of_one.headers} == {"Bearer t1"}
    assert {one["HTTP_AUTHORIZATION"] for one in of_other.headers} == {"Bearer t2"}


def test_a_token_does_not_follow_a_source_to_another_address(other_source: Start) -> None:
    door = OAuth(other_source(Tokens()), "nis", "tls_client_auth")
    before, after = Fake(only_conditions(condition())), Fake(only_conditions(condition()))
    before.ask(other_source(before), number=1, oauth=door)
    after.ask(other_source(after), number=1, oauth=door)
    assert {one["HTTP_AUTHORIZATION"] for one in after.headers} == {"Bearer t2"}


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "::10.0.0.1", "fec0::1",
     "fd00::1", "169.254.169.254", "0.0.0.0", "ff0e::1"],  # noqa: S104 - none of them is bound to
)  # fmt: skip
def test_no_number_leads_inside_however_it_is_written(inside: str, settings: Any) -> None:
    """An address of the old sort can be wrapped in one of the new: translated, tunnelled or mapped."""
    settings.PRODUCTION, settings.SOURCE_HOSTS = True, []
    assert not may_reach(inside)


@pytest.mark.parametrize("outside", ["93.184.216.34", "2a00:1450:400e::1", "64:ff9b::5db8:d822"])
def test_a_number_outside_may_be_reached(outside: str, settings: Any) -> None:
    settings.PRODUCTION, settings.SOURCE_HOSTS = True, []
    assert may_reach(outside)


def document(patient: dict[str, Any], subject: str, url: str) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "document",
        "entry": [
            {"fullUrl": url, "resource": patient},
            {"fullUrl": "urn:uuid:2", "resource": condition("of-somebody-else", subject)},
        ],
    }


@pytest.mark.parametrize("by", ["fullUrl", "id"])
def test_a_document_about_somebody_else_is_not_taken_for_this_persons(other_source: Start, by: str) -> None:
    """Numbers within a document are its own: another person in it may go by the number that this person has at the source."""
    other = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": BSN, "value": "999990019"}]}
    url = "urn:uuid:6f2c"
    inside = document(other, url if by == "fullUrl" else "Patient/p1", url)
    fake = Fake(only_conditions(inside))
    result = fake.ask(other_source(fake), {Category.PROBLEMS})
    assert result.facts == ()
    assert result.foreign


def test_nobody_in_a_document_is_taken_for_this_person_by_a_bare_number(other_source: Start) -> None:
    """Without a BSN only the address at which the source keeps the person says who it is."""
    nameless = {"resourceType": "Patient", "id": "p1", "birthDate": "1990-01-01"}
    fake = Fake(only_conditions(document(nameless, "urn:uuid:6f2c", "urn:uuid:6f2c")))
    assert fake.ask(other_source(fake), {Category.PROBLEMS}).facts == ()


def test_the_persons_own_document_is_read(other_source: Start) -> None:
    own = {"resourceType": "Patient", "id": "x", "identifier": [{"system": BSN, "value": VAN_PUTTEN}]}
    fake = Fake(only_conditions(document(own, "urn:uuid:6f2c", "urn:uuid:6f2c")))
    assert len(fake.ask(other_source(fake), {Category.PROBLEMS}).facts) == 1


KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> Organisation:
    """A participant for which the operator keeps a key and a secret."""
    made = factories.organisation()
    settings.SECRETS = str(tmp_path)
    folder = tmp_path / f"organisation-{made.pk}"
    folder.mkdir()
    (folder / "netwerk.key").write_text(KEY)
    (folder / "geheim").write_text("geheim van de bron\n")
    return made


WAYS = {
    "name": "HIS", "kind": "his", "base_url": "https://fhir.voorbeeld.nl/r4", "fhir_version": "R4", "categories": 4,
    "authorisation": "oauth", "token_url": "https://fhir.voorbeeld.nl/token", "client_id": "nis", "client_method": "client_secret_post",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_key_never_goes_out_as_a_secret(place: Organisation) -> None:
    """Who connects a source names the file and the address to which it would be sent; a key leaves for nowhere."""
    manager = factories.permit(factories.member("manager", place), "manage_sources")
    with act(factories.actor(manager)) as by:
        with pytest.raises(Refused) as refused:
            connect_source(organisation=place, values={**WAYS, "client_secret": "netwerk.key"}, by=by)
        assert refused.value.field == "client_secret"
        with pytest.raises(Refused):
            add_subscription(endpoint="https://ecd.voorbeeld.nl/meldingen", secret="netwerk.key", by=by)
        made = connect_source(organisation=place, values={**WAYS, "client_secret": "geheim"}, by=by)
        oauth = config_of(made).oauth
    assert oauth is not None
    assert oauth.secret == "geheim van de bron"
    made.client_secret = "netwerk.key"  # changed behind the product's back
    with pytest.raises(SecretMissing):
        config_of(made)


def test_an_address_that_turns_inside_after_it_was_judged_is_not_reached(
    other_source: Start, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is somebody's own can become another number a moment later."""
    settings.PRODUCTION, settings.SOURCE_HOSTS = True, []
    port = int(other_source(Tokens()).rpartition(":")[2])
    numbers = iter(["93.184.216.34"])

    def asked(*_args: Any, **_kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(numbers, "127.0.0.1"), port))]

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    with pytest.raises(cloud.NotTaken, match="address"):
        cloud.post(Subscription(endpoint=f"https://ecd.voorbeeld.nl:{port}/", organisation_id=1), {})


def test_a_system_that_drips_does_not_hold_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers a letter at a time is within the time of each letter, and never done."""
    monkeypatch.setattr(cloud, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _who = server.accept()
            with line, suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 60:
                    line.sendall(bytes([letter]))
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(cloud.NotTaken):
            cloud.post(Subscription(endpoint=f"http://127.0.0.1:{server.getsockname()[1]}/", organisation_id=1), {})
    assert time.monotonic() - began < 2
