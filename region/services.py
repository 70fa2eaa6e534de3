"""Everything of the demonstration region in one process: ``python -m region.services``.

Serves on loopback the simulated source systems, the identity provider, the national consent service, the hub of iWmo and iJw and
the mailbox's pages (NIS_REGION_PORT, 8100), the sources that ask for a certificate (NIS_REGION_TLS_PORT, 8143), and takes e-mail
(NIS_SMTP_PORT, 8125), and secure mail where NIS_RELAY_PORT says so.
NIS_REGION_DIR is where the region keeps its files. The hospital's system asks for a token, that of home care for a
certificate.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socketserver
import ssl
import sys
import threading
from collections.abc import Iterable
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import shift_path_info

from region import hub, idp, mailbox, national, relay, tls
from region.source_doors import CertificateDoor, Door, TokenDoor
from region.web import Answer, not_found, page, style

log = logging.getLogger("region")

MEANS = ("zorg", "digid")
SECRET = "secret-of-the-demonstration"  # noqa: S105
"""What the product and this provider share when the environment names nothing; worth nothing, like all it protects."""


def folder() -> Path:
    """Where the region keeps what the generator made and what arrives: NIS_REGION_DIR."""
    usual = Path(__file__).resolve().parent.parent / ".run" / "dev" / "region"
    return Path(os.environ.get("NIS_REGION_DIR") or usual)


def clients(addresses: Iterable[str]) -> dict[str, idp.Client]:
    """The product as both providers know it, for the addresses at which browsers reach it."""
    known = list(addresses)
    made = {}
    for means in MEANS:
        name = os.environ.get(f"NIS_OIDC_{means.upper()}_CLIENT") or f"nis-{means}"
        secret = os.environ.get(f"NIS_OIDC_{means.upper()}_SECRET") or SECRET
        returns = tuple(f"{address}/sign-in/{means}/return/" for address in known)
        made[means] = idp.Client(name, secret, returns, tuple(f"{address}/sign-in/" for address in known))
    return made


class Region:
    """The WSGI callable that hands each request to the part it is for; the sources answer at their own addresses."""

    def __init__(self, parts: dict[str, WSGIApplication], sources: WSGIApplication | None) -> None:
        self.parts = parts
        self.sources = sources

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "") or "/"
        part = self.parts.get(path.strip("/").split("/")[0])
        if part:
            shift_path_info(environ)
            return part(environ, start_response)
        own = {"/": self.index, "/health": self.health, "/health/": self.health, "/region.css": style}.get(path)
        if own:
            return own().send(start_response)
        if self.sources:
            return self.sources(environ, start_response)
        return not_found().send(start_response)

    def health(self) -> Answer:
        """Tell that the region answers."""
        return Answer(b"ok", 200, {"Content-Type": "text/plain"})

    def index(self) -> Answer:
        """Explain what is served."""
        address = escape(os.environ.get("NIS_ADDRESS") or "http://localhost:8000")
        sources = "" if self.sources else " (nu niet aanwezig)"
        places = (
            (f"{address}/", "Het netwerk zelf", address),
            ("/mail", "E-mail", "alles wat het netwerk verstuurt"),
            ("/secure-mail", "Beveiligde e-mail", "brieven aan wie geen eigen systeem heeft"),
            (
                "/idp/zorg/.well-known/openid-configuration",
                "Inlogdienst voor zorg en welzijn",
                "OpenID Connect, /idp/zorg",
            ),
            ("/idp/digid/.well-known/openid-configuration", "Nagebootste DigiD", "OpenID Connect, /idp/digid"),
            ("/hub/control", "Knooppunt iWmo en iJw", "nagebootst: de berichten die langskwamen"),
            ("/national/control", "Landelijke toestemmingsvoorziening", "nagebootst: de keuzes die zij kent"),
        )
        rows = "".join(f'<li><a href="{url}">{name}<small>{what}</small></a></li>' for url, name, what in places)
        body = (
            "<p>Deze dienst doet alles na wat bij een echte regio buiten het netwerk staat.</p>"
            f'<ul class="list">{rows}</ul><h2>Bronsystemen{sources}</h2>'
            "<p>De dossiers van de huisarts, de thuiszorg en het ziekenhuis spreken FHIR over HTTP. "
            "Zij zijn er voor het netwerk en niet om te bekijken.</p>"
        )
        return page("De demonstratieregio", body)


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        # HTTPServer would ask the name service who 127.0.0.1 is, which can take seconds without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | ssl.SSLError | TimeoutError):
            log.error("a request failed", exc_info=error)


class _Handler(WSGIRequestHandler):
    timeout = 30
    wbufsize = -1  # one packet per answer, else the headers wait for the acknowledgement of the line before

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses of requests are not logged: those of the sources name patients."""


def doors(where: Path, address: str) -> dict[str, Door]:
    """How the systems of this region know the product: the hospital's by a token, that of home care by a certificate."""
    signed = tls.public_key(tls.ensure(where))
    return {"epd": TokenDoor(f"{address}/epd/token", keys={tls.PRODUCT: signed}), "ecd": CertificateDoor()}


def sources(where: Path, guarded: dict[str, Door] | None = None) -> WSGIApplication | None:
    """The simulated source systems, when they are part of this checkout."""
    try:
        module = importlib.import_module("region.sources")
    except ModuleNotFoundError as missing:
        if missing.name != "region.sources":
            raise
        return None
    made: WSGIApplication = module.make_app(where, guarded)
    return made


def make_app(where: Path, address: str, products: Iterable[str], guarded: dict[str, Door] | None = None) -> Region:
    """All parts as one WSGI callable, reachable at ``address``, for a product at the addresses ``products``.

    Sources let everybody in but those that are ``guarded`` by a door.
    """
    products = list(products)
    parts: dict[str, WSGIApplication] = {
        "idp": idp.make_app(where, address, clients(products)),
        "mail": mailbox.make_app(where / "mail"),
        "secure-mail": mailbox.make_secure_app(where / "secure-mail"),
        "national": national.make_app(where),
        "hub": hub.make_app(next(iter(products))),
    }
    return Region(parts, sources(where, guarded))


def serve(app: WSGIApplication, port: int, secure: ssl.SSLContext | None = None) -> WSGIServer:
    """Answer on this port of loopback (0: a free one), in threads; ``shutdown`` and ``server_close`` end it."""
    server = make_server("127.0.0.1", port, app, server_class=_Server, handler_class=_Handler)
    if secure:
        # Each thread greets its own client: one that says nothing keeps nobody else waiting.
        server.socket = secure.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.base_environ["HTTPS"] = "on"
    threading.Thread(target=server.serve_forever, name=f"http-{port}", daemon=True).start()
    return server


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    port = int(os.environ.get("NIS_REGION_PORT") or 8100)
    tls_port = int(os.environ.get("NIS_REGION_TLS_PORT") or 8143)
    smtp_port = int(os.environ.get("NIS_SMTP_PORT") or 8125)
    product = (os.environ.get("NIS_ADDRESS") or "http://localhost:8000").rstrip("/")
    products = [product]
    if "//localhost" in product:
        products.append(product.replace("//localhost", "//127.0.0.1"))
    where = folder()
    where.mkdir(parents=True, exist_ok=True)

    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    app = make_app(where, f"http://localhost:{port}", products, doors(where, f"http://127.0.0.1:{port}"))
    receivers = [mailbox.receiver(where / "mail", smtp_port)]
    if relay_port := os.environ.get("NIS_RELAY_PORT"):
        receivers.append(relay.relay(where, int(relay_port)))
    for one in receivers:
        one.start()
    servers = [serve(app, port), serve(app, tls_port, tls.server_side(tls.ensure(where)))]
    log.info("the region answers on ports %s and %s and takes mail on port %s", port, tls_port, smtp_port)
    asked.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    for one in receivers:
        one.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
