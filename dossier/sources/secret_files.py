"""Where certificates, keys and client secrets stand: files that the operator of the server puts there, never the database.

``NIS_SECRETS`` names a folder; in it each organisation has its own, ``organisation-<number>``, so that nobody can point a
system of one participant at the key of another. A source names a file in the folder of its organisation.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

LARGEST = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class SecretMissing(Exception):
    """A secret that a source names is not there or cannot be read. Names the file and nothing of what is in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _folder(organisation_id: int) -> Path | None:
    root = settings.SECRETS
    return Path(root).resolve() / f"organisation-{organisation_id}" if root else None


def path_of(organisation_id: int, name: str) -> str:
    """The path of a secret of an organisation; nothing for no name. Raises ``SecretMissing``, also for a way out of its folder."""
    if not name:
        return ""
    folder = _folder(organisation_id)
    if folder is None or not _NAME.fullmatch(name):
        raise SecretMissing(name)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise SecretMissing(name)
    return str(path)


def read_secret(organisation_id: int, name: str) -> str:
    """What a secret of an organisation says that is itself sent to who asks for it; nothing for no name.

    Raises ``SecretMissing`` for a key or certificate: those prove who the network is without ever leaving it, and who names
    the file also names the address to which it would go.
    """
    said = read(organisation_id, name)
    if "-----BEGIN" in said:
        raise SecretMissing(name)
    return said


def read(organisation_id: int, name: str) -> str:
    """What a secret of an organisation says, without the line end after it; nothing for no name."""
    path = path_of(organisation_id, name)
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(LARGEST).strip()
    except (OSError, ValueError):
        raise SecretMissing(name) from None


def names(organisation_id: int) -> list[str]:
    """What secrets an organisation has, by name."""
    folder = _folder(organisation_id)
    if folder is None or not folder.is_dir():
        return []
    return sorted(file.name for file in folder.iterdir() if _NAME.fullmatch(file.name) and file.is_file())
