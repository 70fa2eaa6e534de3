"""Which states a journey knows, and by which verb it gets there."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """How far a version of a journey is; only a live one includes citizens."""

    DRAFT = "draft", _("in voorbereiding")
    LIVE = "live", _("loopt")
    ENDED = "ended", _("beëindigd")


class Verb(models.TextChoices):
    """What the functional manager of the region does with a journey."""

    PUBLISH = "publish", _("in gebruik nemen")
    END = "end", _("beëindigen")


class Move(NamedTuple):
    """One step: from these states, by this verb, to this state."""

    sources: tuple[Status, ...]
    verb: Verb
    target: Status


MOVES = (
    Move((Status.DRAFT,), Verb.PUBLISH, Status.LIVE),
    Move((Status.DRAFT, Status.LIVE), Verb.END, Status.ENDED),
)
