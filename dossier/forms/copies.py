"""What a functional manager says of a system: which kinds of text it takes by itself, and which a person copies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.models import CopyKind, SourceCopying


class CopyingForm(forms.Form):
    """The kinds that go by themselves, and those that stand on the list of what a person copies."""

    written = forms.MultipleChoiceField(
        label=gettext_lazy("Gaat vanzelf naar het systeem"),
        help_text=gettext_lazy("Het netwerk schrijft het in het systeem, op naam van wie het schreef."),
        choices=CopyKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    by_hand = forms.MultipleChoiceField(
        label=gettext_lazy("Komt op de lijst om zelf over te nemen"),
        help_text=gettext_lazy("Wat u nergens aanvinkt, blijft alleen in het netwerkdossier."),
        choices=CopyKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, copying: SourceCopying | None, **kwargs: Any) -> None:
        initial = {"written": copying.written, "by_hand": copying.by_hand} if copying else {}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_by_hand(self) -> list[str]:
        """A kind goes one way."""
        listed: list[str] = self.cleaned_data["by_hand"]
        both = [str(CopyKind(kind).label) for kind in listed if kind in self.cleaned_data.get("written", [])]
        if both:
            raise forms.ValidationError(
                _("Kies voor elke soort één van de twee. Nu staat dubbel: %(kinds)s.") % {"kinds": ", ".join(both)}
            )
        return listed
