"""What a person may type to bring a file or to make a message."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.chain import codes
from exchange.chain.models import Assignment
from exchange.chain.read import LARGEST


class FileForm(forms.Form):
    """A file with one message."""

    file = forms.FileField(label=_("XML-bestand"), help_text=_("Eén bericht iWmo of iJw 3.2."))

    def clean_file(self) -> bytes:
        """The content, of at most the size that the standard allows."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST:
            raise forms.ValidationError(_("Dit bestand is groter dan 25 MB."))
        content: bytes = given.read()
        return content


def _day(label: object, *, required: bool = True, help_text: object = "") -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]
        required=required,
        help_text=help_text,  # type: ignore[arg-type]
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ProductForm(forms.Form):
    """A product, when it begins and how much of it: to ask for it, or to assign it."""

    product_category = forms.CharField(label=_("Productcategorie"), max_length=2)
    product_code = forms.CharField(
        label=_("Productcode"), max_length=5, required=False, help_text=_("Uit de productcodelijst van de gemeente.")
    )
    begins = _day(_("Vanaf"))
    ends = _day(_("Tot en met"), required=False)
    volume = forms.IntegerField(label=_("Hoeveel"), min_value=0, max_value=99_999_999, required=False)
    unit = forms.ChoiceField(label=_("Eenheid"), choices=[("", _("geen")), *codes.UNITS.items()], required=False)
    frequency = forms.ChoiceField(label=_("Per"), choices=[("", _("geen")), *codes.FREQUENCIES.items()], required=False)
    remark = forms.CharField(label=_("Toelichting"), max_length=200, required=False)

    def __init__(self, *args: Any, law: str, asked: Assignment | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"begins": timezone.localdate()}
        if asked is not None:
            names = ("product_category", "product_code", "begins", "ends", "volume", "unit", "frequency")
            initial |= {name: getattr(asked, name) for name in names}
        super().__init__(*args, initial=initial, **kwargs)
        if law == "wmo":
            self.fields["product_category"] = forms.ChoiceField(
                label=_("Productcategorie"), choices=list(codes.CATEGORIES.items())
            )
            self.order_fields(["product_category"])

    def clean(self) -> dict[str, Any]:
        """A code goes with an extent, and an extent with a code; the period is in order."""
        said = super().clean() or {}
        extent = [said.get("volume") is not None, bool(said.get("unit")), bool(said.get("frequency"))]
        if any(extent) and not all(extent):
            self.add_error("volume", _("Vul hoeveelheid, eenheid en frequentie alle drie in, of geen."))
        if bool(said.get("product_code")) != any(extent) and not self.errors:
            self.add_error("product_code", _("Een productcode en een hoeveelheid gaan samen."))
        begins, ends = said.get("begins"), said.get("ends")
        if begins and ends and ends < begins:
            self.add_error("ends", _("Deze dag ligt voor de eerste dag."))
        if said.get("frequency") == "2" and not ends:
            self.add_error("ends", _("Bij een hoeveelheid per week hoort een laatste dag."))
        return said


class RequestForm(ProductForm):
    """A request to a municipality, with who referred; the person agreed that number and name go along."""

    referrer = forms.ChoiceField(label=_("Wie verwees"), choices=list(codes.REFERRERS.items()), initial="06")
    referrer_name = forms.CharField(label=_("Naam van de verwijzer"), max_length=64, required=False)
    agreed = forms.BooleanField(
        label=_("Besproken met de inwoner: naam en BSN gaan naar de gemeente"),
        error_messages={"required": _("Bespreek dit eerst met de inwoner; zonder akkoord gaat er niets weg.")},
    )

    def clean(self) -> dict[str, Any]:
        """Who referred is named where the standard asks it."""
        said = super().clean()
        if said.get("referrer") in codes.NAMED_REFERRERS and not said.get("referrer_name"):
            self.add_error("referrer_name", _("Vul in wie verwees."))
        return said


class AnswerForm(forms.Form):
    """An answer to a request that assigns nothing (yet)."""

    answer = forms.ChoiceField(label=_("Antwoord"), choices=list(codes.ANSWERS.items()), initial=codes.IN_STUDY)
    refusal = forms.ChoiceField(
        label=_("Reden"),
        required=False,
        choices=[("", _("geen")), *((code, words) for code, (words, _reason) in codes.REFUSALS.items())],
    )
    municipality_code = forms.CharField(
        label=_("Gemeentecode van de juiste gemeente"),
        max_length=4,
        required=False,
        help_text=_("Alleen bij woonplaatsbeginsel."),
    )

    def clean(self) -> dict[str, Any]:
        """A refusal has a reason, and only a refusal."""
        said = super().clean() or {}
        if (said.get("answer") == codes.REFUSED) != bool(said.get("refusal")):
            self.add_error("refusal", _("Kies een reden als u afwijst, en alleen dan."))
        if said.get("municipality_code") and not re.fullmatch(r"\d{4}", said["municipality_code"]):
            self.add_error("municipality_code", _("Een gemeentecode heeft vier cijfers."))
        return said


class StartForm(forms.Form):
    """The day on which help began."""

    on = _day(_("Eerste dag"))


class StopForm(forms.Form):
    """The day on which help ended, and why."""

    on = _day(_("Laatste dag"))
    reason = forms.ChoiceField(label=_("Reden"))

    def __init__(self, *args: Any, law: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = codes.ENDINGS["jeugdwet" if law == "jeugdwet" else "wmo"]
        self.fields["reason"].choices = [(code, words) for code, (words, _outcome) in reasons.items()]  # type: ignore[attr-defined]
