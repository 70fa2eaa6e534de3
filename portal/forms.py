"""What a citizen may choose about who sees what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from people.models import Domain
from portal import words
from portal.words import Group

ANSWERS = [("permit", _("toestaan")), ("refuse", _("weigeren"))]


class ChoiceForm(forms.Form):
    """One choice: which reader, which group of data, and whether it may."""

    reader = forms.ChoiceField()
    group = forms.ChoiceField()
    answer = forms.ChoiceField(choices=ANSWERS)

    def __init__(self, *args: Any, organisations: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = cast(dict[str, forms.ChoiceField], self.fields)
        fields["reader"].choices = [(str(domain), str(domain)) for domain in words.READERS] + [
            (str(pk), str(pk)) for pk in organisations
        ]
        fields["group"].choices = [(group.key, group.words) for group in words.groups()]

    @property
    def group_chosen(self) -> Group:
        """The group of data that was chosen."""
        return next(group for group in words.groups() if group.key == self.cleaned_data["group"])

    @property
    def permit(self) -> bool:
        """Whether the citizen permits it."""
        return bool(self.cleaned_data["answer"] == "permit")

    @property
    def domain(self) -> str:
        """The kind of reader; nothing when the choice is about one organisation."""
        reader = self.cleaned_data["reader"]
        return reader if reader in Domain.values else ""
