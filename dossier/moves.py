"""Which steps a copy for the own system knows: its states, what brings it on, and who does that."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class CopyStatus(models.TextChoices):
    """Where a copy is: in the own record, waiting, or for a person to copy."""

    WAITING = "waiting", _("wacht op uw systeem")
    ARRIVED = "arrived", _("staat in uw systeem")
    FAILED = "failed", _("niet gelukt: zelf overnemen")
    LISTED = "listed", _("zelf overnemen")
    COPIED = "copied", _("zelf overgenomen")
    DROPPED = "dropped", _("vervallen: er is een nieuwere versie")


class CopyVerb(models.TextChoices):
    """What brings a copy on."""

    SEND = "send", _("klaarzetten voor het systeem")
    LIST = "list", _("op de lijst zetten")
    ARRIVE = "arrive", _("aangenomen")
    FAIL = "fail", _("niet gelukt")
    RETRY = "retry", _("opnieuw proberen")
    COPY = "copy", _("zelf overgenomen")
    UNDO = "undo", _("toch niet overgenomen")
    DROP = "drop", _("vervallen")


class Move(NamedTuple):
    """One step: from these states, by this verb of this party, to this state."""

    sources: tuple[CopyStatus, ...]
    verb: CopyVerb
    by: str
    target: CopyStatus


MOVES = (
    Move((), CopyVerb.SEND, "network", CopyStatus.WAITING),
    Move((), CopyVerb.LIST, "network", CopyStatus.LISTED),
    Move((CopyStatus.WAITING,), CopyVerb.ARRIVE, "source", CopyStatus.ARRIVED),
    Move((CopyStatus.WAITING,), CopyVerb.FAIL, "source", CopyStatus.FAILED),
    Move((CopyStatus.FAILED, CopyStatus.LISTED), CopyVerb.RETRY, "professional", CopyStatus.WAITING),
    Move((CopyStatus.FAILED, CopyStatus.LISTED), CopyVerb.COPY, "professional", CopyStatus.COPIED),
    Move((CopyStatus.COPIED,), CopyVerb.UNDO, "professional", CopyStatus.LISTED),
    Move((CopyStatus.WAITING, CopyStatus.FAILED, CopyStatus.LISTED), CopyVerb.DROP, "network", CopyStatus.DROPPED),
)
"""A copy that waits is dropped for a newer version only as long as nothing was sent of it."""

TO_COPY = (CopyStatus.FAILED, CopyStatus.LISTED)
"""States in which a person has to copy."""
