"""What a person may type about people: numbers, postcodes and names, with a clear word when it is wrong."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DATE_FORMATS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d", "%d%m%Y"]


def elfproef(digits: str) -> bool:
    """Whether nine digits can be a BSN (Besluit BSN; the weighted sum is divisible by 11)."""
    if not re.fullmatch(r"\d{9}", digits) or digits == "000000000":
        return False
    total = sum((9 - place) * int(digit) for place, digit in enumerate(digits[:8])) - int(digits[8])
    return total % 11 == 0


class BsnField(forms.CharField):
    """A BSN of eight or nine digits, with or without dots and spaces; gives nine digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("BSN"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(max_length=14, **kwargs)

    def clean(self, value: Any) -> str:
        """Leave out dots and spaces, and check the elfproef."""
        text = re.sub(r"[\s.\-]", "", super().clean(value) or "")
        if not text:
            return ""
        if not re.fullmatch(r"\d{8,9}", text):
            raise ValidationError(_("Een BSN heeft 8 of 9 cijfers."), code="digits")
        digits = text.zfill(9)
        if not elfproef(digits):
            raise ValidationError(_("Dit BSN klopt niet. Controleer de cijfers."), code="elfproef")
        return digits


class PostcodeField(forms.CharField):
    """A Dutch postcode, as ``1271 AA`` or in four digits; gives it without the space."""

    def __init__(self, *, whole: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Postcode"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(max_length=8, **kwargs)
        self.whole = whole

    def clean(self, value: Any) -> str:
        """Upper case without spaces; letters may be left out where the whole is not asked."""
        text = re.sub(r"\s", "", super().clean(value) or "").upper()
        if not text:
            return ""
        if not re.fullmatch(r"[1-9]\d{3}[A-Z]{2}" if self.whole else r"[1-9]\d{3}([A-Z]{2})?", text):
            raise ValidationError(_("Schrijf de postcode als 1271 AA."), code="shape")
        return text


class BirthDateField(forms.DateField):
    """A date of birth, day first; not in the future and not before 1900."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Geboortedatum"))
        kwargs.setdefault(
            "widget", forms.DateInput(attrs={"autocomplete": "off", "inputmode": "numeric"}, format="%d-%m-%Y")
        )
        kwargs.setdefault("help_text", _("dag-maand-jaar, bijvoorbeeld 12-03-1948"))
        super().__init__(input_formats=DATE_FORMATS, **kwargs)
        self.error_messages["invalid"] = _("Schrijf de geboortedatum als 12-03-1948.")

    def clean(self, value: Any) -> date | None:
        """Refuse a date that cannot be a birth date of a living or recent person."""
        day: date | None = super().clean(value)
        if day and day > timezone.localdate():
            raise ValidationError(_("De geboortedatum ligt in de toekomst."), code="future")
        if day and day.year < 1900:
            raise ValidationError(_("Controleer het geboortejaar."), code="early")
        return day
