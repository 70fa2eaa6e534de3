"""How the network trusts a source and shows itself to it: the settings of TLS, read once for each set of files."""

from __future__ import annotations

import os
import ssl
from collections import OrderedDict
from threading import Lock

from dossier.sources.mishap import Mishap
from dossier.sources.results import Outcome, SourceConfig

_MOST = 200
_lock = Lock()
_contexts: OrderedDict[tuple[tuple[str, int], ...], ssl.SSLContext] = OrderedDict()


def context_of(source: SourceConfig) -> ssl.SSLContext:
    """The settings for a source, made anew when one of its files changed: reading a trust store takes tens of milliseconds.

    Raises ``Mishap`` for files that are not there or do not fit together.
    """
    try:
        key = tuple(_stamp(path) for path in (source.ca_bundle, source.client_certificate, source.client_key))
        with _lock:
            if key in _contexts:
                _contexts.move_to_end(key)
                return _contexts[key]
        context = ssl.create_default_context(cafile=source.ca_bundle or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if source.client_certificate:
            context.load_cert_chain(source.client_certificate, source.client_key or None, password=_no_password)
    except (OSError, ValueError):
        raise Mishap(Outcome.FAULT, "certificate") from None
    with _lock:
        _contexts[key] = context
        while len(_contexts) > _MOST:
            _contexts.popitem(last=False)
    return context


def _stamp(path: str) -> tuple[str, int]:
    return path, os.stat(path).st_mtime_ns if path else 0


def _no_password() -> str:
    """A key with a password would make OpenSSL ask for it at the terminal."""
    raise ValueError("a key with a password")
