"""What a person may type about people: numbers, postcodes and names, with a clear word when it is wrong; and forms side by side."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AmongOthers(forms.Form):
    """A form that shares its page with others: its ids begin with its own name, so that a label is of its own field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **options})


MONTHS = ("jan", "feb", "m(?:aa)?rt", "apr", "mei", "jun", "jul", "aug", "sep", "o[kc]t", "nov", "dec")
_MONTH = "|".join(MONTHS)
DAY_WORDS = re.compile(
    r"(?<![\w'])(?:"
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<d>\d{1,2})(?:[-/.]|\s*-\s*|\s+)(?P<m>\d{1,2})(?:[-/.]|\s*-\s*|\s+)'?(?P<y>\d{4}|\d{2})"
    r"|(?P<dw>\d{1,2})(?:[-\s.]|e\s)*(?P<mw>" + _MONTH + r")[a-z]*\.?[-\s]*'?(?P<yw>\d{4}|\d{2})"
    r"|(?P<dd>\d{2})(?P<mm>\d{2})(?P<yy>\d{4}|\d{2})"
    r")(?!\w)",
    re.IGNORECASE,
)
"""A day as people in the Netherlands write it: 12-3-48, 12 maart 1948, 12 mrt '48, 12031948, 1948-03-12."""


def read_day(match: re.Match[str], *, today: date, short_year: bool) -> date | None:
    """The day that was written; nothing for one that does not exist. A year of two digits is the last one that has been."""
    parts = match.groupdict()
    day, year = next(
        (parts[d], parts[y]) for d, y in (("day", "year"), ("d", "y"), ("dw", "yw"), ("dd", "yy")) if parts[d]
    )
    if parts["mw"]:
        month = next(n for n, name in enumerate(MONTHS, 1) if re.match(name, parts["mw"], re.IGNORECASE))
    else:
        month = int(parts["month"] or parts["m"] or parts["mm"])
    if len(year) == 2 and not short_year:
        return None
    number = int(year)
    try:
        if len(year) == 2:
            century = today.year - today.year % 100
            return date(
                century + number if date(century + number, month, int(day)) <= today else century - 100 + number,
                month,
                int(day),
            )
        return date(number, month, int(day))
    except ValueError:
        return None


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
    """A date of birth, day first, in any Dutch writing; not in the future and not before 1900.

    A year of two digits is understood only with ``short_year``: enough to look for somebody, too little to register them.
    """

    def __init__(self, *, short_year: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Geboortedatum"))
        kwargs.setdefault("widget", forms.DateInput(attrs={"autocomplete": "off"}, format="%d-%m-%Y"))
        kwargs.setdefault("help_text", _("dag-maand-jaar, bijvoorbeeld 12-03-1948"))
        super().__init__(**kwargs)
        self.short_year = short_year
        self.error_messages["invalid"] = _("Schrijf de geboortedatum als 12-03-1948.")

    def to_python(self, value: Any) -> date | None:
        """Read the day as people write it."""
        if value in self.empty_values or isinstance(value, date):
            return value or None
        match = DAY_WORDS.fullmatch(" ".join(str(value).split()))
        day = match and read_day(match, today=timezone.localdate(), short_year=self.short_year)
        if not day:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day

    def clean(self, value: Any) -> date | None:
        """Refuse a date that cannot be a birth date of a living or recent person."""
        day: date | None = super().clean(value)
        if day and day > timezone.localdate():
            raise ValidationError(_("De geboortedatum ligt in de toekomst."), code="future")
        if day and day.year < 1900:
            raise ValidationError(_("Controleer het geboortejaar."), code="early")
        return day
