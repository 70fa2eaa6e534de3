"""Whether a domain says in the DNS that it takes secure mail by NTA 7516, and whether that was signed.

The record is a TXT at the domain itself: ``v=NTA7516-1;startdate=2026-01;enddate=2027-12;provider=…;ntamx=10 host``, months of which
the first and the last day still count. Source: the technical guide to NTA 7516 for providers of e-mail, as makers of products
publish it; the norm itself is not open. Which server takes the mail (``ntamx``) and how (DANE) is for the relay to judge.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.resolver
from django.conf import settings

VERSION = "NTA7516-1"
SECONDS = 4.0
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class Unasked(Exception):
    """The DNS did not answer, or not in a way that can be believed: that tells nothing of the domain."""


def months_of(texts: Iterable[str]) -> tuple[date, date] | None:
    """The first and the last day of the one record of this version among the TXT records of a domain; nothing where it is not
    exactly one, or not whole."""
    found = [parts for text in texts if (parts := _parts(text)) and parts[0] == ("v", VERSION)]
    if len(found) != 1:
        return None
    names = [name for name, _value in found[0]]
    said = dict(found[0])
    begin, end = _MONTH.fullmatch(said.get("startdate", "")), _MONTH.fullmatch(said.get("enddate", ""))
    if (
        begin is None
        or end is None
        or names.count("startdate") + names.count("enddate") > 2
        or not said.get("provider")
    ):
        return None
    last = int(end[1]), int(end[2])
    return date(int(begin[1]), int(begin[2]), 1), date(*last, monthrange(*last)[1])


def _parts(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    return [(name.strip().lower(), value.strip()) for name, _is, value in pairs]


def takes_secure_mail(domain: str, on: date) -> bool:
    """Whether the domain says so for this day, in an answer that the resolver found signed (DNSSEC).

    Asks the resolver of ``settings.SECURE_MAIL_DNS``, whose word on the signature is taken: it must be one of our own. Raises
    :class:`Unasked` without an answer.
    """
    try:
        answer = _resolver().resolve(f"{domain.encode('idna').decode()}.", "TXT", raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return False
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise Unasked(type(error).__name__) from None
    if answer.rrset is None or not answer.response.flags & dns.flags.AD:
        return False
    texts = [b"".join(one.strings).decode("ascii", "replace") for one in answer.rrset]
    months = months_of(texts)
    return months is not None and months[0] <= on <= months[1]


def _resolver() -> dns.resolver.Resolver:
    host, _colon, port = settings.SECURE_MAIL_DNS.rpartition(":")
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = [str(ip_address(host.strip("[]")))], int(port)
    made.timeout = made.lifetime = SECONDS
    made.use_edns(0, dns.flags.DO, 1232)
    made.flags = dns.flags.RD | dns.flags.AD
    return made
