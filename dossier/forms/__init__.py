"""What a person may type in the network's own record, by noun."""

from dossier.forms.entries import DAY_HELP, EntryForm
from dossier.forms.network import AbsenceForm, EndForm, HoursForm, ParticipantForm, RelatedPersonForm, StandingCoverForm

__all__ = [
    "DAY_HELP",
    "AbsenceForm",
    "EndForm",
    "EntryForm",
    "HoursForm",
    "ParticipantForm",
    "RelatedPersonForm",
    "StandingCoverForm",
]
