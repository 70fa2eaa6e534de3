"""What who manages the programme may choose."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation
from programme.moves import Phase, Verb


class DomainForm(forms.Form):
    """Which participants the matrix shows."""

    domain = forms.ChoiceField(
        label=_("Domein"),
        required=False,
        choices=[("", _("alle domeinen")), *[choice for choice in Domain.choices if choice[0] != Domain.REGION]],
    )


class MergeForm(forms.Form):
    """Into which participant of the same domain another one goes over."""

    into = forms.ModelChoiceField(
        label=_("Gaat op in"), queryset=Organisation.objects.none(), empty_label=_("Kies een deelnemer")
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Organisation]", self.fields["into"])
        field.queryset = Organisation.objects.admitted().filter(domain=organisation.domain).exclude(pk=organisation.pk)


class MoveForm(forms.Form):
    """One move of one participant: the phase it was seen in, the verb, and on what the decision rests."""

    verb = forms.ChoiceField(choices=Verb.choices)
    phase = forms.ChoiceField(choices=[("", ""), *Phase.choices], required=False)
    note = forms.CharField(label=_("Waarop berust dit?"), max_length=300, required=False)
