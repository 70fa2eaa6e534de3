"""The region's own certificates and keys, made at the start: who vouches, what the server shows, what the product shows.

Only for the demonstration. ``<region_dir>/tls`` holds ``ca.pem``, ``server.pem`` and ``.key``, ``client.pem`` and ``.key`` for
mutual TLS, and ``oauth.key`` with which the product signs who it is.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=365)
NAMES = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key", "oauth.key")
PRODUCT = "nis.demonstratie"


def ensure(region_dir: Path) -> Path:
    """The folder with all of them, made anew where one is missing or ends within a month."""
    folder = region_dir / "tls"
    if not all((folder / name).is_file() for name in NAMES) or _ends(folder) < datetime.now(UTC) + timedelta(days=30):
        make(folder)
    return folder


def _ends(folder: Path) -> datetime:
    read = [x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in NAMES if name.endswith(".pem")]
    return min(one.not_valid_after_utc for one in read)


def make(folder: Path, *, lasts: timedelta = LASTS) -> None:
    """Make a new authority, and by it a certificate for the server and one for the product."""
    folder.mkdir(parents=True, exist_ok=True)
    own_key = ec.generate_private_key(ec.SECP256R1())
    own = _certificate("Demonstratieregio", own_key, "Demonstratieregio", own_key, lasts, authority=True)
    written = {"ca.pem": own.public_bytes(Encoding.PEM)}
    for name, subject in (("server", "localhost"), ("client", PRODUCT)):
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(subject, key, "Demonstratieregio", own_key, lasts, server=name == "server")
        written |= {f"{name}.pem": made.public_bytes(Encoding.PEM), f"{name}.key": _private(key)}
    written["oauth.key"] = _private(ec.generate_private_key(ec.SECP384R1()))
    for name, content in written.items():
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    lasts: timedelta,
    *,
    authority: bool = False,
    server: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    never = (
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
    )
    usage = dict.fromkeys(never, False)
    made = made.add_extension(
        x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage),
        critical=True,
    )
    if not authority:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if server:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256())


def server_side(folder: Path) -> ssl.SSLContext:
    """Settings of a server that lets in nobody without a certificate of this authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def public_key(folder: Path) -> bytes:
    """What a source needs to know that the product signed."""
    key = load_pem_private_key((folder / "oauth.key").read_bytes(), None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
