"""By what signals are narrowed, what is written down about one, and what is needed to watch a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from oversight.moves import Pattern, Status
from people.models import Organisation

DAYS = [("30", _("een maand")), ("92", _("drie maanden")), ("365", _("een jaar"))]


class SignalFilterForm(forms.Form):
    """Pattern, state, and for the region the organisation."""

    kind = forms.ChoiceField(label=_("Patroon"), required=False, choices=[("", _("alle patronen")), *Pattern.choices])
    organisation = forms.TypedChoiceField(label=_("Organisatie"), required=False, coerce=int, empty_value=None)
    status = forms.ChoiceField(required=False, choices=[("", ""), *Status.choices], widget=forms.HiddenInput)

    def __init__(self, *args: Any, organisations: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list(organisations)
        field = cast(forms.ChoiceField, self.fields["organisation"])
        field.choices = [("", _("alle organisaties")), *((place.pk, place.name) for place in places)]
        if not places:
            del self.fields["organisation"]

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen; nothing when it is not valid."""
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}


class SettleForm(forms.Form):
    """What the officer found out about a signal; the button says what follows from it."""

    note = forms.CharField(
        label=_("Wat heeft u nagegaan?"),
        help_text=_(
            "Bijvoorbeeld: gesproken met de teamleider, was de dienstdoende arts. Schrijf geen naam van de inwoner op."
        ),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WatchForm(forms.Form):
    """The number of a record, why it is watched and for how long."""

    number = forms.IntegerField(
        label=_("Nummer van de inwoner"),
        help_text=_("Het nummer dat in het logboek staat."),
        min_value=1,
        max_value=2**62,
    )
    reason = forms.CharField(
        label=_("Waarom?"), help_text=_("Bijvoorbeeld: bekend in de regio, of een klacht. Geen naam."), max_length=200
    )
    days = forms.TypedChoiceField(label=_("Hoe lang?"), coerce=int, choices=DAYS)
