"""The professional's own pages."""

from workplace.views.choices import consent, mandate_end, mandate_letter, mandates
from workplace.views.emergency import banner, emergency, end
from workplace.views.record import board, patient, patients, register, source
from workplace.views.relations import relations
from workplace.views.work import today

__all__ = [
    "banner",
    "board",
    "consent",
    "emergency",
    "end",
    "mandate_end",
    "mandate_letter",
    "mandates",
    "patient",
    "patients",
    "register",
    "relations",
    "source",
    "today",
]
