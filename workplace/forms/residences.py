"""What a person may type of where somebody lives, lived or stays."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossier.models import Residence
from square.models import Postcode

DAY = {"invalid": _("Vul een dag in als dag-maand-jaar, zoals 28-11-2026.")}


class ResidenceForm(forms.Form):
    """What it is, in which municipality, and from when; of an address that may be given to nobody no municipality."""

    kind = forms.ChoiceField(label=_("Wat is het?"), choices=Residence.Kind.choices, initial=Residence.Kind.HOME)
    municipality = forms.CharField(label=_("Gemeente"), max_length=80, required=False)
    protected = forms.BooleanField(
        label=_("Dit woonadres is afgeschermd"),
        help_text=_("Dan bewaren wij hier geen gemeente."),
        required=False,
    )
    since = forms.DateField(
        label=_("Sinds"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Kies de eerste dag."), **DAY},
    )  # fmt: skip
    until = forms.DateField(
        label=_("Tot"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("De dag waarop het ophield. Leeg: het geldt nog."), error_messages=DAY,
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["municipality"].required = not (self.is_bound and self.data.get("protected"))
        self.fields["municipality"].error_messages["required"] = gettext("Vul de gemeente in.")

    def clean_since(self) -> date:
        """A day that is not yet to come."""
        day: date = self.cleaned_data["since"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("Deze dag moet nog komen. Kies vandaag of een dag die is geweest."))
        return day

    def clean_municipality(self) -> str:
        """A municipality that exists, as it writes itself."""
        typed = self.cleaned_data["municipality"].strip()
        found = Postcode.objects.filter(municipality__iexact=typed).values_list("municipality", flat=True).first()
        if typed and found is None:
            raise forms.ValidationError(gettext("Deze gemeente kennen wij niet: %(name)s.") % {"name": typed})
        return found or ""

    def clean(self) -> dict[str, Any]:
        """Only a home address is protected, and a period has its days in order."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("protected") and said.get("kind") != Residence.Kind.HOME:
            self.add_error("protected", gettext("Alleen een woonadres kan afgeschermd zijn."))
        if not self.errors and said.get("until") and said["until"] <= said["since"]:
            self.add_error("until", gettext("Deze dag ligt niet na de eerste dag."))
        return said
