"""What a manager of the rules may state about a role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trust.categories import Category


class StartsField(forms.DateTimeField):
    """The moment from which a version holds: empty for now, else later than now."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Geldt vanaf"),
            help_text=_("Leeg: meteen."),
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            **kwargs,
        )

    def clean(self, value: Any) -> datetime | None:
        """The moment, refused when it has passed: what was seen under a version may not change afterwards."""
        moment: datetime | None = super().clean(value)
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError(_("Kies een moment dat nog komt, of laat het leeg voor meteen."))
        return moment


class NeedForm(forms.Form):
    """The categories that a role needs, why it changes, and from when."""

    categories = forms.TypedMultipleChoiceField(
        label=_("Nodig voor deze rol"),
        required=False,
        coerce=int,
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("Waarom?"), help_text=_("Met het besluit of overleg waarop het berust."), max_length=300
    )
    starts = StartsField()
