"""What a functional manager says of a system: how each kind of text gets there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from dossier.models import CopyKind, SourceCopying

WAYS = {
    "written": gettext_lazy("gaat vanzelf"),
    "by_hand": gettext_lazy("zelf overnemen"),
    "none": gettext_lazy("gaat niet terug"),
}


class CopyingForm(forms.Form):
    """One way for each kind of text: by itself, by a person, or not at all."""

    def __init__(self, *args: Any, copying: SourceCopying | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CopyKind:
            way = "written" if copying and kind in copying.written else "none"
            self.fields[kind.value] = forms.ChoiceField(
                label=str(kind.label),
                choices=list(WAYS.items()),
                widget=forms.RadioSelect,
                initial="by_hand" if copying and kind in copying.by_hand else way,
                error_messages={"required": gettext_lazy("Kies een van de drie.")},
            )

    @property
    def values(self) -> dict[str, list[str]]:
        """The kinds of each way, as the action wants them."""
        return {
            way: [kind for kind in CopyKind.values if self.cleaned_data[kind] == way] for way in ("written", "by_hand")
        }
