"""What a person may choose about notifications."""

from __future__ import annotations

from typing import Any

from django import forms

from exchange.moves import Kind, Rhythm


class RhythmForm(forms.Form):
    """One rhythm for each kind of news."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Rhythm.choices, widget=forms.RadioSelect
            )
