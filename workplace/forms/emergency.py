"""What a professional says to open a record in an emergency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.forms import BirthDateField, BsnField
from trust.models import Emergency


class EmergencyForm(forms.Form):
    """Who it is about, unless that is known, the reason from the list and what is going on; nothing is filled in beforehand."""

    bsn = BsnField(error_messages={"required": _("Vul het BSN in.")})
    birth_date = BirthDateField(error_messages={"required": _("Vul de geboortedatum in.")})
    reason = forms.ChoiceField(
        choices=Emergency.Reason.choices,
        widget=forms.RadioSelect,
        label=_("Waarom kan het niet wachten?"),
        error_messages={"required": _("Kies een reden.")},
    )
    explanation = forms.CharField(
        min_length=10,
        max_length=500,
        label=_("Wat is er aan de hand?"),
        help_text=_("Eén zin is genoeg. De inwoner en de functionaris gegevensbescherming lezen dit."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": _("Schrijf in één zin wat er aan de hand is."),
            "min_length": _("Schrijf in één zin wat er aan de hand is: minstens 10 tekens."),
        },
    )

    def __init__(self, *args: Any, known: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["bsn"], self.fields["birth_date"]
        elif not self.is_bound and not self.initial:
            self.fields["bsn"].widget.attrs["autofocus"] = True
