"""Mutual TLS with the national consent service: who shows no certificate, or meets a stranger, gets no answer."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from region.national import National
from region.services import serve
from tests.trust.national.test_question import ask
from trust.national import client
from trust.national.codes import ABOUT


def certificate(folder: Path, name: str, by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None) -> tuple[
    x509.Certificate, ec.EllipticCurvePrivateKey
]:  # fmt: skip
    """A certificate for ``name``, signed by itself or ``by`` another, with its key in files of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    made = builder.sign(by[1] if by else key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made, key


@pytest.fixture
def folder(tmp_path: Path, settings: object) -> Iterator[Path]:
    """A service behind mutual TLS, with the certificates of both sides and of a stranger in a folder."""
    authority = certificate(tmp_path, "authority")
    for name in ("service", "product"):
        certificate(tmp_path, name, authority)
    certificate(tmp_path, "stranger")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "authority.pem"))
    context.load_cert_chain(tmp_path / "service.pem", tmp_path / "service.key")
    context.verify_mode = ssl.CERT_REQUIRED
    service = National(tmp_path)
    service.choices = []
    server = serve(service, 0, context)
    settings.NATIONAL_CONSENT_URL = f"https://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    settings.NATIONAL_CONSENT_CA = str(tmp_path / "authority.pem")  # type: ignore[attr-defined]
    yield tmp_path
    server.shutdown()
    server.server_close()


def show(settings: object, folder: Path, name: str) -> None:
    settings.NATIONAL_CONSENT_CERT = str(folder / f"{name}.pem")  # type: ignore[attr-defined]
    settings.NATIONAL_CONSENT_KEY = str(folder / f"{name}.key")  # type: ignore[attr-defined]


def test_with_its_certificate_the_product_is_answered(folder: Path, settings: object) -> None:
    show(settings, folder, "product")
    assert ask() == client.Answer()


@pytest.mark.parametrize("name", ["", "stranger"])
def test_without_a_certificate_that_is_known_there_is_no_answer(folder: Path, settings: object, name: str) -> None:
    if name:
        show(settings, folder, name)
    said = ask()
    assert said.unknown == ABOUT
    assert not said.permitted


def test_a_service_that_nobody_vouches_for_is_asked_nothing(folder: Path, settings: object) -> None:
    show(settings, folder, "product")
    settings.NATIONAL_CONSENT_CA = str(folder / "stranger.pem")  # type: ignore[attr-defined]
    assert ask() == client.Answer(unknown=ABOUT, reason="no-connection")
