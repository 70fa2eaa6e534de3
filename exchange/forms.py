"""What a person may choose about notifications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from exchange.moves import Kind, Rhythm


class RhythmForm(forms.Form):
    """One rhythm for each kind of news that this person can hear of."""

    def __init__(self, *args: Any, kinds: Iterable[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Rhythm.choices, widget=forms.RadioSelect
            )
