"""Source systems to measure with: FHIR R4 servers that know every citizen, each with a delay of its own, and one that hangs."""

from __future__ import annotations

import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]

DELAYS = (0.02, 0.05, 0.1, 0.2, 0.3, 60.0)
"""Seconds before each source says anything; the last one hangs."""
KINDS: dict[str, Json] = {
    "Observation": {"code": {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Kalium"}]}, "status": "final",
                    "valueQuantity": {"value": 4.1, "unit": "mmol/l"}, "effectiveDateTime": "2026-10-01"},
    "Condition": {"code": {"text": "Hypertensie"}, "onsetDateTime": "2019-03-01"},
    "AllergyIntolerance": {"code": {"text": "Penicilline"}},
}  # fmt: skip
"""What a source holds of each citizen, by type: three of each."""


def searchset(resources: list[Json]) -> Json:
    """What a search gives."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


class Handler(BaseHTTPRequestHandler):
    """Answers ``/<number>/Patient/_search`` and searches per type; nothing else is known."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # as servers do: what is measured is not the wait for an acknowledgement
    born: dict[str, str] = {}
    """Birth dates by BSN: a source gives them, and the product compares them."""

    def do_POST(self) -> None:
        """Find the patient by BSN, where the source takes its time; or answer a batch of searches."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not self.path.endswith("_search"):
            asked = [entry["request"]["url"] for entry in json.loads(body)["entry"]]
            answers = [{"response": {"status": "200"}, "resource": searchset(self.known(url))} for url in asked]
            self.reply({"resourceType": "Bundle", "type": "batch-response", "entry": answers})
            return
        time.sleep(DELAYS[int(self.path.split("/")[1])])
        bsn = parse_qs(body)["identifier"][0].partition("|")[2]
        identifier = [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": bsn}]
        patient = {"resourceType": "Patient", "id": "p1", "identifier": identifier, "birthDate": self.born.get(bsn, "")}
        self.reply(searchset([patient]))

    def do_GET(self) -> None:
        """What is known of one type."""
        self.reply(searchset(self.known(urlsplit(self.path).path.split("/", 2)[2])))

    def known(self, url: str) -> list[Json]:
        """The resources of the type that a search is about."""
        kind = urlsplit(url).path.split("/")[0]
        whose = {"reference": "Patient/p1"}
        owner = {"patient": whose} if kind == "AllergyIntolerance" else {"subject": whose}
        held = KINDS.get(kind)
        return [{"resourceType": kind, "id": f"{kind}-{n}", **owner, **held} for n in range(3)] if held else []

    def do_PUT(self) -> None:
        """Hear the birth dates by BSN."""
        Handler.born = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.reply(searchset([]))

    def reply(self, bundle: Json) -> None:
        """Send an answer."""
        body = json.dumps(bundle).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


class Server(ThreadingHTTPServer):
    """Has room for all who knock at once, and does not wait for who hangs."""

    daemon_threads = True
    request_queue_size = 256
    address_family = socket.AF_INET


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
