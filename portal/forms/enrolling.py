"""What a citizen may choose about a training: which meeting, and who comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.forms.asking import LONGEST, OnceForm
from referrals.access import meeting_words
from referrals.moves.training import Comes
from square.models import Session


class MeetingForm(forms.Form):
    """Which meeting of a training."""

    session = forms.TypedChoiceField(
        label=_("Welke dag komt u uit?"), coerce=int, widget=forms.RadioSelect,
        error_messages={"required": _("Kies een dag."), "invalid_choice": _("Deze dag kan niet meer. Kies een andere.")},
    )  # fmt: skip

    def __init__(self, *args: Any, sessions: Iterable[Session], **options: Any) -> None:
        super().__init__(*args, **options)
        self.sessions = {one.pk: one for one in sessions}
        self.fields["session"].choices = [(one.pk, meeting_words(one)) for one in self.sessions.values()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Session:
        """The meeting that was chosen; to be asked of a form that was found right."""
        return self.sessions[self.cleaned_data["session"]]


class EnrolForm(OnceForm, MeetingForm):
    """Which meeting, who comes, and what who teaches should know; ``name`` is of the person for whom somebody else enrols."""

    who = forms.ChoiceField(label=_("Wie komt er?"), initial=Comes.PERSON, widget=forms.RadioSelect)
    question = forms.CharField(
        label=_("Wilt u er iets bij zeggen?"), required=False, validators=[MaxLengthValidator(LONGEST)],
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Bijvoorbeeld dat u slecht hoort. Het hoeft niet."),
    )  # fmt: skip
    field_order = ["session", "who", "question"]

    def __init__(self, *args: Any, name: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            (Comes.PERSON, name or gettext("Ik kom zelf")),
            (Comes.CARER, gettext("Ik kom, als mantelzorger") if name else gettext("Mijn mantelzorger komt")),
            (Comes.BOTH, gettext("Wij komen samen")),
        ]
