"""The professional's own pages."""

from workplace.views.choices import consent, mandate_end, mandate_letter, mandates
from workplace.views.emergency import banner, emergency, end
from workplace.views.medication import medication
from workplace.views.parts import layout, part
from workplace.views.patients import patients, register
from workplace.views.person import bsn
from workplace.views.prints import choose_print, print_file, print_state
from workplace.views.record import patient, source, sources
from workplace.views.relations import relations
from workplace.views.residences import residences
from workplace.views.work import today

__all__ = [
    "banner",
    "bsn",
    "choose_print",
    "consent",
    "emergency",
    "end",
    "layout",
    "mandate_end",
    "mandate_letter",
    "mandates",
    "medication",
    "part",
    "patient",
    "patients",
    "print_file",
    "print_state",
    "register",
    "relations",
    "residences",
    "source",
    "sources",
    "today",
]
