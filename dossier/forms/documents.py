"""What a person may type with a document."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossier.documents.receive import Received, receive
from dossier.documents.receive import too_large as too_large_words
from dossier.documents.unfit import Unfit
from dossier.forms.entries import DAY_HELP
from dossier.forms.meanwhile import SharedForm
from dossier.models import Document
from trust.categories import Category


class DocumentForm(SharedForm):
    """A file for the record, with what it is and under which category it is kept; a newer version keeps kind and category.

    ``received`` holds the file once it was judged. ``too_large`` says that the file was left unread.
    """

    file = forms.FileField(
        label=gettext_lazy("Bestand"),
        help_text=gettext_lazy("PDF, afbeelding, Word, Excel, PowerPoint, OpenDocument of platte tekst."),
        error_messages={
            "required": gettext_lazy("Kies een bestand."),
            "empty": gettext_lazy("Dit bestand is leeg. Kies een ander bestand."),
        },
        widget=forms.FileInput(
            attrs={"accept": ".pdf,.png,.jpg,.jpeg,.webp,.heic,.docx,.xlsx,.pptx,.odt,.txt,text/plain,image/*"}
        ),
        max_length=255,
    )
    title = forms.CharField(
        label=gettext_lazy("Titel"),
        help_text=gettext_lazy("Zonder titel heet het document naar het bestand."),
        max_length=160,
        required=False,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Wat is het"), choices=Document.Kind.choices)
    category = forms.TypedChoiceField(
        label=gettext_lazy("Hoort bij"),
        help_text=gettext_lazy(
            "Dit bepaalt wie het ziet: wie deze gegevens van deze inwoner mag zien, ziet ook dit document."
        ),
        coerce=lambda value: Category(int(value)),
    )
    on_date = forms.DateField(
        label=gettext_lazy("Datum van het document"),
        help_text=DAY_HELP,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Kies een dag."),
            "invalid": gettext_lazy("Vul een dag in als dag-maand-jaar, zoals 28-11-2026."),
        },
    )

    received: Received | None = None

    def __init__(self, *args: Any, categories: list[Category] | None, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_date"].initial = timezone.localdate()
        self.fields["file"].help_text = _("%(kinds)s Hoogstens %(most)s MB.") % {
            "kinds": self.fields["file"].help_text,
            "most": settings.DOCUMENT_MOST // (1024 * 1024),
        }
        if too_large:
            self.fields["file"].error_messages["required"] = too_large_words()
        if categories is None:
            del self.fields["kind"], self.fields["category"]
        else:
            self.fields["category"].choices = [(int(one), one.label) for one in categories]  # type: ignore[attr-defined]

    def clean_on_date(self) -> date:
        """A day that is not yet to come."""
        day: date = self.cleaned_data["on_date"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Deze dag moet nog komen. Kies vandaag of een dag die is geweest."))
        return day

    def clean(self) -> dict[str, Any]:
        """Judge the file, unless something else must be mended first."""
        typed = super().clean() or {}
        upload = typed.pop("file", None)
        if upload is None:
            return typed
        if self.errors:
            self.add_error("file", _("Kies het bestand opnieuw als de rest klopt."))
            return typed
        try:
            self.received = receive(upload.file, upload.name)
        except Unfit as unfit:
            self.add_error("file", unfit.message)
        return typed
