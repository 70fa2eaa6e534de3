"""Which steps the admission of a participant knows."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Admission(models.TextChoices):
    """How far an organisation is on its way into the network (ViSD 3.2.1, 4.2.1)."""

    APPLIED = "applied", _("aangemeld")
    TESTED = "tested", _("getoetst")
    ADMITTED = "admitted", _("toegelaten")
    SUSPENDED = "suspended", _("geschorst")
    ENDED = "ended", _("beëindigd")


class Step(NamedTuple):
    """One move: from which states, by which verb, to which state."""

    sources: tuple[Admission, ...]
    verb: str
    target: Admission


MOVES = (
    Step((Admission.APPLIED,), "test", Admission.TESTED),
    Step((Admission.TESTED, Admission.SUSPENDED), "admit", Admission.ADMITTED),
    Step((Admission.ADMITTED,), "suspend", Admission.SUSPENDED),
    Step((Admission.APPLIED, Admission.TESTED, Admission.ADMITTED, Admission.SUSPENDED), "end", Admission.ENDED),
)
