"""What a professional may type to find or register a citizen."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.forms import BirthDateField, BsnField, PostcodeField
from people.models import Gender
from square.models import Postcode
from trust.actions import Registration

_DATE = re.compile(r"\b(\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}-\d{2}-\d{2})\b")
_POSTCODE = re.compile(r"\b([1-9]\d{3}) ?([A-Za-z]{2})\b")
_NUMBER = re.compile(r"\b\d[\d.\s]{6,12}\d\b")


class SearchForm(forms.Form):
    """Find a citizen: everything in one box, or in fields of its own."""

    q = forms.CharField(max_length=120, required=False, label=_("Naam, geboortedatum of BSN"))
    name = forms.CharField(max_length=120, required=False, label=_("Naam"))
    birth_date = BirthDateField(required=False)
    postcode = PostcodeField(required=False, whole=False)
    bsn = BsnField(required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(self._spread(data) if data is not None else None, **kwargs)

    @staticmethod
    def _spread(data: Any) -> dict[str, str]:
        """Take a date, a postcode and a number out of the one box; what is left is a name."""
        values = {key: str(data.get(key, "")).strip() for key in ("q", "name", "birth_date", "postcode", "bsn")}
        text = values.pop("q")
        for field, pattern in (("birth_date", _DATE), ("bsn", _NUMBER), ("postcode", _POSTCODE)):
            match = pattern.search(text)
            if match and not values[field]:
                values[field] = match.group(0)
                text = text.replace(match.group(0), " ")
        if text.strip() and not values["name"]:
            values["name"] = " ".join(text.split())
        return values

    def clean(self) -> dict[str, Any]:
        """Ask for enough to search by: a BSN, a birth date, or at least two letters of a name."""
        found = super().clean() or {}
        names = [word for word in re.split(r"[\s,\-]+", found.get("name", "")) if word]
        if not self.errors and not found.get("bsn") and not found.get("birth_date") and len("".join(names)) < 2:
            raise ValidationError(_("Typ een naam, een geboortedatum of een BSN om te zoeken."), code="little")
        found["names"] = [] if found.get("bsn") else names[:6]
        return found


def _ask(words: Any) -> dict[str, Any]:
    """What to do when nothing was filled in."""
    return {"required": words}


class RegisterForm(forms.Form):
    """Register a citizen, or state a care relation with one the network knows."""

    bsn = BsnField(help_text=_("van het identiteitsbewijs"), error_messages=_ask(_("Vul het BSN in.")))
    birth_date = BirthDateField(error_messages=_ask(_("Vul de geboortedatum in.")))
    initials = forms.CharField(max_length=20, label=_("Voorletters"), error_messages=_ask(_("Vul de voorletters in.")))
    own_prefix = forms.CharField(max_length=20, required=False, label=_("Voorvoegsel"))
    own_name = forms.CharField(
        max_length=80, label=_("Geboortenaam"), error_messages=_ask(_("Vul de geboortenaam in."))
    )
    gender = forms.ChoiceField(
        choices=Gender.choices, label=_("Geslacht"), error_messages=_ask(_("Kies het geslacht."))
    )
    postcode = PostcodeField(error_messages=_ask(_("Vul de postcode in.")))
    house_number = forms.CharField(
        max_length=12, label=_("Huisnummer"), error_messages=_ask(_("Vul het huisnummer in."))
    )
    street = forms.CharField(max_length=120, required=False, label=_("Straat"))
    checked = forms.BooleanField(
        label=_("Ik heb het identiteitsbewijs gezien"),
        error_messages=_ask(_("Vink aan dat u het identiteitsbewijs hebt gezien; zonder dat mag u niet inschrijven.")),
    )
    reason = forms.CharField(
        max_length=200,
        label=_("Waarom krijgt deze inwoner zorg of ondersteuning van u?"),
        help_text=_("De inwoner kan dit lezen."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=_ask(_("Schrijf in één zin waarom deze inwoner zorg of ondersteuning van u krijgt.")),
    )

    def clean_postcode(self) -> str:
        """The postcode must exist; its place and municipality are filled in from it."""
        postcode: str = self.cleaned_data["postcode"]
        self.area = Postcode.objects.filter(digits=postcode[:4]).first()
        if self.area is None:
            raise ValidationError(_("Deze postcode bestaat niet. Controleer de cijfers."), code="unknown")
        return postcode

    def registration(self) -> Registration:
        """What was typed, ready for the action."""
        typed = self.cleaned_data
        return Registration(
            bsn=typed["bsn"],
            birth_date=typed["birth_date"],
            initials=typed["initials"],
            own_prefix=typed["own_prefix"],
            own_name=typed["own_name"],
            gender=typed["gender"],
            street=typed["street"],
            house_number=typed["house_number"],
            postcode=typed["postcode"],
            place=self.area.place if self.area else "",
            municipality=self.area.municipality if self.area else "",
            reason=typed["reason"],
        )
