"""The professional's own pages."""

from workplace.views.record import board, patient, patients, register, source
from workplace.views.work import today

__all__ = ["board", "patient", "patients", "register", "source", "today"]
