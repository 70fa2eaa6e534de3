"""The simulated hub of iWmo and iJw, with behind it the system of a municipality that answers what comes in.

Mounted under /hub by ``region.services``. It knows nothing of the product's own reader and writer of these messages. A request for
an assignment (315) is taken and then assigned (301), refused or studied (319); a start and a stop are taken. What it sends back
goes to the product with the secret that both know (``NIS_CHAIN_SECRET``). ``POST /hub/control`` (loopback only) changes what it
does: ``{"manner": "assign"}``, ``refuse``, ``study``, ``decline`` (returns a code), ``silent``; ``GET`` tells what passed.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

from region.web import Answer, not_found

log = logging.getLogger("region.hub")

HOST = "http://www.istandaarden.nl"
MANNERS = ("assign", "refuse", "study", "decline", "silent")
ANSWERS = {"414": "415", "418": "419", "420": "421", "444": "445", "482": "483",
           "436": "437", "438": "439", "440": "441", "446": "447", "488": "489"}  # fmt: skip
RETURNS = {"415", "419", "421", "445", "483", "437", "439", "441", "447", "489"}
LARGEST = 25 * 1024 * 1024
HERE = ZoneInfo("Europe/Amsterdam")


class Hub:
    """The WSGI callable; ``product`` is where the product takes messages, ``secret`` what it shows there."""

    def __init__(self, product: str, secret: str) -> None:
        self.product, self.secret = product, secret
        self.manner = os.environ.get("REGION_HUB_MANNER", "assign")
        self.passed: list[dict[str, Any]] = []
        self._numbers = itertools.count(int(datetime.now(HERE).timestamp()) % 10_000_000)
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", "").rstrip("/"), environ["REQUEST_METHOD"]
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST)
        body = environ["wsgi.input"].read(length) if method == "POST" else b""
        if path == "/control":
            return self._control(environ, method, body).send(start_response)
        if method != "POST" or path:
            return not_found().send(start_response)
        self._note("taken", body)
        threading.Thread(target=self.answer, args=(body,), daemon=True).start()
        return Answer(b"", 202).send(start_response)

    def answer(self, body: bytes) -> None:
        """Send back what the municipality's system says to this message."""
        for reply in self.replies(body):
            self.send(reply)

    def replies(self, body: bytes) -> list[bytes]:
        """The messages that answer this one, in order."""
        root = fromstring(body)  # noqa: S314 - the demonstration's own product sends
        code = _said(root, "BerichtCode")
        if code in RETURNS or self.manner == "silent":
            return []
        replies = [_retour(body.decode(), root, code, self._number(), self.manner == "decline")]
        if code in {"444", "446"} and self.manner != "decline":
            own = self._number()
            replies.append(_answer(root, own, self.manner) if self.manner != "assign" else _assignment(root, own))
        return replies

    def send(self, body: bytes) -> int:
        """Bring a message to the product; returns how it answered."""
        self._note("brought", body)
        headers = {"Content-Type": "application/xml; charset=utf-8", "Authorization": f"Bearer {self.secret}"}
        asked = urllib.request.Request(self.product, data=body, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            log.warning("the product answered %s: %s", error.code, error.read()[:200].decode("utf-8", "replace"))
            return error.code
        except OSError as error:
            log.warning("the product does not answer: %s", type(error).__name__)
            return 0

    def _number(self) -> str:
        with self._lock:
            return f"G{next(self._numbers):08d}"

    def _note(self, way: str, body: bytes) -> None:
        root = fromstring(body)  # noqa: S314 - the demonstration's own product sends
        kind = root.tag.split("/")[-2]
        codes = [one.text or "" for one in root.iter() if one.tag.endswith("}RetourCode")]
        with self._lock:
            self.passed.append({"way": way, "kind": kind, "number": _said(root, "Identificatie"), "codes": codes})

    def _control(self, environ: WSGIEnvironment, method: str, body: bytes) -> Answer:
        if environ.get("REMOTE_ADDR") not in {"127.0.0.1", "::1"}:
            return not_found()
        if method == "POST":
            manner = json.loads(body).get("manner")
            if manner not in MANNERS:
                return Answer(b"unknown manner", 400)
            self.manner = manner
        told = {"manner": self.manner, "passed": self.passed[-50:]}
        return Answer(json.dumps(told).encode(), 200, {"Content-Type": "application/json"})


def _said(root: Element, name: str) -> str:
    return next((one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] == name), "")


def _standard(root: Element) -> tuple[str, str, str]:
    """The standard, the prefix of its messages and the number of this one: ``iwmo``, ``wmo``, ``315``."""
    parts = root.tag.strip("{").split("/")
    name = parts[-2]
    return parts[3], name[:-3], name[-3:]


def _retour(text: str, root: Element, code: str, number: str, decline: bool) -> bytes:
    """The header as it came, under the number of the return message, with what it adds."""
    _base, prefix, kind = _standard(root)
    answer = str(int(kind) + 1)
    head = text[text.index(":Header>") + len(":Header>") :]
    head = head[: head.index(f"</{prefix}{kind}:Header>")].replace(f"{prefix}{kind}:", f"{prefix}{answer}:")
    head = head.replace(f">{code}<", f">{ANSWERS[code]}<", 1)
    own, today = f"{prefix}{answer}", datetime.now(HERE).date().isoformat()
    base = root.tag.strip("{").split("/")[3]
    version = f"<{base}:BasisschemaXsdVersie>1.0.0</{base}:BasisschemaXsdVersie><{base}:BerichtXsdVersie>1.0.0</{base}:BerichtXsdVersie>"
    codes = f"<{own}:RetourCodes><{own}:RetourCode>0001</{own}:RetourCode></{own}:RetourCodes>" if decline else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{own}:Bericht xmlns:{base}="{HOST}/{base}/3_2/basisschema/schema"'
        f' xmlns:{own}="{HOST}/{base}/3_2/{own}/schema"><{own}:Header>{head}<{own}:IdentificatieRetour>{number}</{own}:IdentificatieRetour>'
        f"<{own}:DagtekeningRetour>{today}</{own}:DagtekeningRetour><{own}:XsdVersieRetour>{version}</{own}:XsdVersieRetour>{codes}"
        f"</{own}:Header></{own}:Bericht>"
    ).encode()


def _message(root: Element, kind: str, code: str, number: str, content: str) -> bytes:
    base, prefix, _kind = _standard(root)
    own, now = f"{prefix}{kind}", datetime.now(HERE)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{own}:Bericht xmlns:{base}="{HOST}/{base}/3_2/basisschema/schema"'
        f' xmlns:{own}="{HOST}/{base}/3_2/{own}/schema"><{own}:Header><{own}:BerichtCode>{code}</{own}:BerichtCode>'
        f"<{own}:BerichtVersie>3</{own}:BerichtVersie><{own}:BerichtSubversie>2</{own}:BerichtSubversie>"
        f"<{own}:Afzender>{_said(root, 'Ontvanger')}</{own}:Afzender><{own}:Ontvanger>{_said(root, 'Afzender')}</{own}:Ontvanger>"
        f"<{own}:BerichtIdentificatie><{base}:Identificatie>{number}</{base}:Identificatie>"
        f"<{base}:Dagtekening>{now.date().isoformat()}</{base}:Dagtekening></{own}:BerichtIdentificatie><{own}:XsdVersie>"
        f"<{base}:BasisschemaXsdVersie>1.0.0</{base}:BasisschemaXsdVersie><{base}:BerichtXsdVersie>1.0.0</{base}:BerichtXsdVersie>"
        f"</{own}:XsdVersie></{own}:Header>{content}</{own}:Bericht>"
    ).encode()


def _assignment(root: Element, number: str) -> bytes:
    """What was asked is assigned as it was asked, with one contact person as the municipality knows it."""
    base, prefix, _kind = _standard(root)
    own, now = f"{prefix}301", datetime.now(HERE)
    voorvoegsel = _said(root, "Voorvoegsel")
    before = f"<{base}:Voorvoegsel>{voorvoegsel}</{base}:Voorvoegsel>" if voorvoegsel else ""
    given = []
    for place, asked in enumerate(one for one in root.iter() if one.tag.endswith("}AangevraagdProduct")):
        end = _said(asked, "ToewijzingEinddatum") or (now + timedelta(days=365)).date().isoformat()
        code, volume = _said(asked, "Code"), _said(asked, "Volume")
        extent = "".join(
            f"<{base}:{name}>{_said(asked, name)}</{base}:{name}>" for name in ("Volume", "Eenheid", "Frequentie")
        )
        given.append(
            f"<{own}:ToegewezenProduct><{own}:ToewijzingNummer>{int(number[1:]) * 10 + place}</{own}:ToewijzingNummer>"
            f"<{own}:ReferentieAanbieder>{_said(asked, 'ReferentieAanbieder')}</{own}:ReferentieAanbieder><{own}:Product>"
            f"<{base}:Categorie>{_said(asked, 'Categorie')}</{base}:Categorie>"
            + (f"<{base}:Code>{code}</{base}:Code>" if code else "")
            + f"</{own}:Product><{own}:Toewijzingsdatum>{now.date().isoformat()}</{own}:Toewijzingsdatum>"
            f"<{own}:Toewijzingstijd>{now.strftime('%H:%M:%S')}</{own}:Toewijzingstijd>"
            f"<{own}:Ingangsdatum>{_said(asked, 'ToewijzingIngangsdatum')}</{own}:Ingangsdatum><{own}:Einddatum>{end}</{own}:Einddatum>"
            + (f"<{own}:Omvang>{extent}</{own}:Omvang>" if volume else "")
            + f"</{own}:ToegewezenProduct>"
        )
    content = (
        f"<{own}:Client><{own}:Bsn>{_said(root, 'Bsn')}</{own}:Bsn><{own}:Geboortedatum><{base}:Datum>{_said(root, 'Datum')}</{base}:Datum>"
        f"</{own}:Geboortedatum><{own}:Geslacht>{_said(root, 'Geslacht')}</{own}:Geslacht><{own}:Naam><{base}:Geslachtsnaam>"
        f"<{base}:Achternaam>{_said(root, 'Achternaam')}</{base}:Achternaam>{before}</{base}:Geslachtsnaam>"
        f"<{base}:NaamGebruik>1</{base}:NaamGebruik></{own}:Naam><{own}:Contactgegevens><{own}:Contact><{own}:Soort>02</{own}:Soort>"
        f"<{own}:Telefoon><{base}:Telefoon01><{base}:Telefoonnummer>0350000000</{base}:Telefoonnummer></{base}:Telefoon01></{own}:Telefoon>"
        f"</{own}:Contact></{own}:Contactgegevens><{own}:ToegewezenProducten>{''.join(given)}</{own}:ToegewezenProducten></{own}:Client>"
    )
    return _message(root, "301", "414" if prefix == "wmo" else "436", number, content)


def _answer(root: Element, number: str, manner: str) -> bytes:
    """A request that is refused for want of a contract, or looked into."""
    _base, prefix, _kind = _standard(root)
    own = f"{prefix}319"
    refused = manner == "refuse"
    reason = f"<{own}:RedenAfwijzingVerzoek>3</{own}:RedenAfwijzingVerzoek>" if refused else ""
    content = (
        f"<{own}:Antwoord><{own}:ReferentieAanbieder>{_said(root, 'ReferentieAanbieder')}</{own}:ReferentieAanbieder>"
        f"<{own}:VerzoekAntwoord>{1 if refused else 2}</{own}:VerzoekAntwoord>{reason}</{own}:Antwoord>"
    )
    return _message(root, "319", "482" if prefix == "wmo" else "488", number, content)


def make_app(product: str) -> Hub:
    """The hub for a product at this address, with the secret of the environment."""
    return Hub(f"{product.rstrip('/')}/chain/hub/", os.environ.get("NIS_CHAIN_SECRET", ""))
