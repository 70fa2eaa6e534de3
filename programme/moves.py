"""Which phases the implementation of a process knows (national implementation strategy, LIS 4.1), and how to get on."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _


class Phase(models.TextChoices):
    """How far a participant is with a process."""

    INTAKE = "intake", _("intake")
    FRONT_RUNNER = "front_runner", _("koploper")
    OPTIMISATION = "optimisation", _("optimalisatie")
    BROAD = "broad", _("brede invoering")
    DONE = "done", _("in gebruik")


class Verb(models.TextChoices):
    """What the programme does with a participation."""

    BEGIN = "begin", _("beginnen")
    ADVANCE = "advance", _("naar de volgende fase")
    STEP_BACK = "step_back", _("een fase terug")


class Move(NamedTuple):
    """One step: from this phase (none before the beginning), by this verb, to this phase."""

    source: Phase | None
    verb: Verb
    target: Phase


MOVES = (
    Move(None, Verb.BEGIN, Phase.INTAKE),
    Move(Phase.INTAKE, Verb.ADVANCE, Phase.FRONT_RUNNER),
    Move(Phase.FRONT_RUNNER, Verb.ADVANCE, Phase.OPTIMISATION),
    Move(Phase.OPTIMISATION, Verb.ADVANCE, Phase.BROAD),
    Move(Phase.BROAD, Verb.ADVANCE, Phase.DONE),
    Move(Phase.FRONT_RUNNER, Verb.STEP_BACK, Phase.INTAKE),
    Move(Phase.OPTIMISATION, Verb.STEP_BACK, Phase.FRONT_RUNNER),
    Move(Phase.BROAD, Verb.STEP_BACK, Phase.OPTIMISATION),
    Move(Phase.DONE, Verb.STEP_BACK, Phase.BROAD),
)
