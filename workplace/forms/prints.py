"""Which parts of an overview somebody puts on paper, and for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from workplace.access.parts import Part
from workplace.access.prints import TIMELINE
from workplace.access.timeline import Sift
from workplace.models import Aim


class PrintForm(forms.Form):
    """Choose at least one part, and say for what; only the parts that are offered can be chosen.

    Of the time line a period, a kind and a domain, which count only where it is chosen.
    """

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

    period = forms.ChoiceField(label=_("Periode"), required=False)
    kind = forms.ChoiceField(label=_("Soort"), required=False)
    domain = forms.ChoiceField(label=_("Domein"), required=False)

    def __init__(
        self, *args: Any, offered: Sequence[Part], sifts: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        domains = [*sifts["domains"], *((value, capfirst(label)) for value, label in sifts["each_domain"])]
        for name, choices in (("period", sifts["periods"]), ("kind", sifts["kinds"]), ("domain", domains)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["parts"].choices = [(part.key, part.title) for part in offered]  # type: ignore[attr-defined]

    @property
    def sift(self) -> Sift:
        """What of the time line is wanted; nothing of it where it was not chosen."""
        return Sift.read(self.cleaned_data) if TIMELINE in self.cleaned_data["parts"] else Sift()

    def clean_parts(self) -> list[str]:
        """In the order of the overview, whichever way they were sent."""
        chosen = set(self.cleaned_data["parts"])
        return [key for key, _title in self.fields["parts"].choices if key in chosen]  # type: ignore[attr-defined]
