"""Which addresses a source may have: a functional manager types them, and this machine goes there with a BSN."""

from __future__ import annotations

import socket
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

from dossier.sources.mishap import Mishap
from dossier.sources.results import Outcome


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; raises Mishap for what is no plain web address (a user name in it, another scheme)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        raise Mishap(Outcome.FAULT, "bad-address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Mishap(Outcome.FAULT, "bad-address")
    return parts.scheme, parts.hostname, port


def fault_of_address(url: str) -> str:
    """Why an address cannot be one of a source: ``malformed``, ``plain`` (not encrypted, with real people), ``host``; "" when it can."""
    try:
        scheme, host, _port = origin(url)
        parts = urlsplit(url)
    except Mishap:
        return "malformed"
    if parts.query or parts.fragment:
        return "malformed"
    if settings.PRODUCTION and scheme != "https":
        return "plain"
    if settings.SOURCE_HOSTS:
        return "" if any(fnmatchcase(host.lower(), allowed.lower()) for allowed in settings.SOURCE_HOSTS) else "host"
    return "host" if host.lower() == "localhost" and settings.PRODUCTION else "" if may_reach(host) else "host"


def may_reach(host: str) -> bool:
    """Whether a connection may go to this address: not to this machine or its closed surroundings, unless hosts are named.

    A name is judged when it has become a number, so that no name leads inside.
    """
    if settings.SOURCE_HOSTS or not settings.PRODUCTION:
        return True
    try:
        number = ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return all(_is_outside(one) for one in (number, *_within(number)))


def leads_outside(made: socket.socket) -> bool:
    """Whether a connection that was made goes where one may go."""
    try:
        return may_reach(made.getpeername()[0])
    except OSError:  # gone already
        return True


_CARRYING = (ip_network("64:ff9b::/96"), ip_network("::/96"))
"""Addresses of the new sort that end with one of the old: translated (NAT64, RFC 6052), or as once written (RFC 4291 2.5.5.1)."""
_LOCAL = ip_network("64:ff9b:1::/48")
"""Translated too, for use within one network alone (RFC 8215)."""


def _is_outside(number: IPv4Address | IPv6Address) -> bool:
    closed = isinstance(number, IPv6Address) and (number.is_site_local or number in _LOCAL)
    return number.is_global and not number.is_multicast and not closed


def _within(number: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The addresses of the old sort that one of the new carries: mapped, translated, or at the end of a tunnel."""
    if isinstance(number, IPv4Address):
        return []
    carried = [number.ipv4_mapped, number.sixtofour, *(number.teredo or ())]
    if any(number in network for network in _CARRYING):
        carried.append(IPv4Address(int(number) & 0xFFFFFFFF))
    return [one for one in carried if one is not None]
