"""What a person may type to refer a group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from referrals.access import MOST_TOGETHER, BatchGroup, Candidate, naming_fault
from referrals.moves import Urgency


class GroupForm(forms.Form):
    """For whom is looked among the own citizens: ages in whole years and where they live."""

    lowest = forms.IntegerField(label=_("Vanaf leeftijd"), min_value=0, max_value=120, required=False)
    highest = forms.IntegerField(label=_("Tot en met leeftijd"), min_value=0, max_value=120, required=False)
    municipality = forms.CharField(label=_("Gemeente"), max_length=80, required=False)

    def group(self) -> BatchGroup:
        """The group that is meant, as far as it could be understood; to be asked of a form that was validated."""
        said = self.cleaned_data
        return BatchGroup(said.get("lowest"), said.get("highest"), said.get("municipality", "").strip())


class BatchForm(forms.Form):
    """The question for all, and who of the list."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    question = forms.CharField(
        label=_("Aanleiding en vraag, voor ieder gelijk"), validators=[MaxLengthValidator(4000)], widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Zet hier niets in over één van hen. Uit de dossiers gaat niets mee."),
        error_messages={"required": _("Schrijf wat er aan de hand is en wat u vraagt.")},
    )  # fmt: skip
    urgency = forms.ChoiceField(label=_("Hoe snel?"), choices=Urgency.choices, initial=Urgency.ROUTINE)
    patients = forms.MultipleChoiceField(label=_("Wie"), error_messages={"required": _("Kies ten minste één inwoner.")})
    agreed = forms.BooleanField(
        label=_("Ieder van hen weet van de verwijzing en is het eens"),
        error_messages={
            "required": _(
                "Bespreek de verwijzing eerst met ieder van hen; zonder akkoord gaat er niets weg (art. 7:457 BW)."
            )
        },
    )

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **options: Any) -> None:
        super().__init__(*args, **options)
        able = [(str(one.patient.key), one.patient.name) for one in candidates if not one.running]
        self.fields["patients"].choices = able  # type: ignore[attr-defined]
        self.fields["patients"].error_messages["invalid_choice"] = gettext(
            "De lijst is veranderd: iemand die u koos, kan niet (meer) verwezen worden. Kijk de keuze na."
        )

    def clean_question(self) -> str:
        """A question that names nobody by number."""
        text: str = self.cleaned_data["question"]
        if fault := naming_fault(text, None):
            raise forms.ValidationError(fault)
        return text

    def clean_patients(self) -> list[str]:
        """No more than can be chosen with care."""
        chosen: list[str] = self.cleaned_data["patients"]
        if len(chosen) > MOST_TOGETHER:
            raise forms.ValidationError(gettext("Kies er ten hoogste %(most)s.") % {"most": MOST_TOGETHER})
        return chosen
