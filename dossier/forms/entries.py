"""What a person may type in an entry of the network's own record."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.forms.meanwhile import SharedForm
from dossier.models import Entry

DAY_HELP = gettext_lazy("Vandaag of een dag die is geweest.")


class EntryForm(SharedForm):
    """An entry: of what sort, what it says, of which day, and for an action whether it was done."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Soort"), error_messages={"required": gettext_lazy("Kies wat voor notitie dit is.")}
    )
    text = forms.CharField(
        label=gettext_lazy("Tekst"),
        help_text=gettext_lazy("Komt met uw naam en organisatie in het dossier. De inwoner leest mee."),
        validators=[MaxLengthValidator(6000)],
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Schrijf op wat in het dossier moet komen.")},
    )
    on_date = forms.DateField(
        label=gettext_lazy("Datum"),
        help_text=DAY_HELP,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Kies een dag."),
            "invalid": gettext_lazy("Vul een dag in als dag-maand-jaar, zoals 28-11-2026."),
        },
    )
    done = forms.BooleanField(label=gettext_lazy("Deze actie is al gedaan"), required=False)

    def __init__(self, *args: object, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("kies")), *[(kind, Entry.Kind(kind).label) for kind in kinds]]  # type: ignore[attr-defined]
        self.fields["on_date"].initial = timezone.localdate()
        if Entry.Kind.ACTION not in kinds:
            del self.fields["done"]
        if len(kinds) == 1:
            del self.fields["kind"]

    def clean_on_date(self) -> date:
        """A day that is not yet to come."""
        day: date = self.cleaned_data["on_date"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Deze dag moet nog komen. Kies vandaag of een dag die is geweest."))
        return day

    def clean_done(self) -> bool:
        """Only an action can be done."""
        done: bool = self.cleaned_data["done"]
        if done and self.cleaned_data.get("kind", Entry.Kind.ACTION) != Entry.Kind.ACTION:
            raise forms.ValidationError(
                _("Alleen een actie kan gedaan zijn. Haal het vinkje weg of kies als soort: actie.")
            )
        return done
