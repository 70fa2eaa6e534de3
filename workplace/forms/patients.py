"""What a professional may type to find or register a citizen."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from people.forms import DAY_WORDS, BirthDateField, BsnField, PostcodeField, read_day
from people.models import Gender
from square.models import Postcode
from trust.actions import Registration

_POSTCODE = re.compile(r"(?<!\w)([1-9]\d{3}) ?([A-Za-z]{2})(?!\w)|(?<!\w)([1-9]\d{3})(?!\w)")
_NUMBER = re.compile(r"(?<!\w)\d(?:[.\s]?\d){7,8}(?!\w)")
LEAST = 2
"""So many letters of a name are asked at the least; with fewer nobody is looked for."""


class SearchForm(forms.Form):
    """Find a citizen: everything in one box and in any order, or in fields of its own."""

    q = forms.CharField(
        max_length=120,
        required=False,
        label=_("Naam, geboortedatum, postcode of BSN"),
        help_text=_(
            "Door elkaar mag: vries 12-3-48, of 1271 AA jansen. Delen van de naam en tikfouten zijn geen bezwaar."
        ),
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "autofocus": True, "spellcheck": "false"}
        ),
    )
    name = forms.CharField(
        max_length=120, required=False, label=_("Naam"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    birth_date = BirthDateField(required=False, short_year=True)
    postcode = PostcodeField(required=False, whole=False)
    bsn = BsnField(required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(self._spread(data) if data is not None else None, **kwargs)

    @staticmethod
    def _spread(data: Any) -> dict[str, str]:
        """Take a date, a number and a postcode out of the one box; what is left is a name."""
        values = {key: str(data.get(key, ""))[:200].strip() for key in ("q", "name", "birth_date", "postcode", "bsn")}
        text = values["q"]
        for match in DAY_WORDS.finditer(text):
            day = read_day(match, today=timezone.localdate(), short_year=True)
            if day and day.year >= 1900 and day <= timezone.localdate() and not values["birth_date"]:
                values["birth_date"] = f"{day:%d-%m-%Y}"
                text = text.replace(match.group(0), " ", 1)
        for field, pattern in (("bsn", _NUMBER), ("postcode", _POSTCODE)):
            found = pattern.search(text)
            if found and not values[field] and not (field == "postcode" and _is_year(found.group(0))):
                values[field] = found.group(0)
                text = text.replace(found.group(0), " ", 1)
        if text.strip() and not values["name"]:
            values["name"] = " ".join(text.split())
        return values

    @property
    def apart(self) -> bool:
        """Whether the fields of their own were used and not the one box."""
        return self.is_bound and not self.data["q"]

    def clean(self) -> dict[str, Any]:
        """Ask for enough to search by: a BSN, a birth date, a whole postcode, or at least two letters of a name."""
        found = super().clean() or {}
        if self.data["q"]:
            for name in [name for name in self.errors if name != "q"]:
                self.add_error("q", self.errors.pop(name).as_data())
        names = [word for word in re.split(r"[\s,/]+", found.get("name", "")) if word]
        whole = found.get("bsn") or found.get("birth_date") or len(found.get("postcode", "")) == 6
        letters = sum(letter.isalpha() for letter in "".join(names))
        if not self.errors and re.search(r"\d", "".join(names)):
            raise ValidationError(
                _("Schrijf een geboortedatum als 12-03-1948, een postcode als 1271 AA en een BSN in negen cijfers."),
                code="number",
            )
        if not self.errors and not whole and letters < LEAST:
            raise ValidationError(
                _("Typ een naam, een hele geboortedatum, een hele postcode of een BSN om te zoeken."), code="little"
            )
        found["names"] = [] if found.get("bsn") else names[:8]
        return found

    def understood(self) -> list[tuple[Any, str]]:
        """By what was searched, as it was read, so that a mistake in reading shows."""
        found = self.cleaned_data
        code = found.get("postcode", "")
        told = [
            (_("naam"), " ".join(found["names"])),
            (_("geboren"), date_format(found["birth_date"], "j F Y") if found.get("birth_date") else ""),
            (_("postcode"), f"{code[:4]} {code[4:]}".strip()),
            ("BSN", f"•••••{found['bsn'][-4:]}" if found.get("bsn") else ""),
        ]
        return [(label, words) for label, words in told if words]


def _is_year(text: str) -> bool:
    return text.isdecimal() and 1900 <= int(text) <= timezone.localdate().year


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
        error_messages=_ask(_("Vink aan dat u het identiteitsbewijs heeft gezien; zonder dat mag u niet inschrijven.")),
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
