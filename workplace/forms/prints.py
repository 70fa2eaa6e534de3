"""Which parts of an overview somebody puts on paper, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workplace.access.parts import Part
from workplace.models import Aim


class PrintForm(forms.Form):
    """Choose at least one part, and say for what; only the parts that are offered can be chosen."""

    parts = forms.MultipleChoiceField(
        label=_("Wat komt er op papier?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Vink minstens één onderdeel aan.")},
    )
    aim = forms.ChoiceField(
        label=_("Waarvoor?"),
        choices=Aim.choices,
        widget=forms.RadioSelect,
        help_text=_("Dit staat op elke bladzijde en in het logboek."),
        error_messages={"required": _("Kies waarvoor u dit afdrukt.")},
    )

    def __init__(self, *args: Any, offered: Sequence[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = [(part.key, part.title) for part in offered]  # type: ignore[attr-defined]

    def clean_parts(self) -> list[str]:
        """In the order of the overview, whichever way they were sent."""
        chosen = set(self.cleaned_data["parts"])
        return [key for key, _title in self.fields["parts"].choices if key in chosen]  # type: ignore[attr-defined]
