"""What a citizen may choose: who sees what and until when, and who acts in the citizen's name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import words
from portal.words import Group
from trust.categories import Category

ANSWERS = [("permit", _("toestaan")), ("refuse", _("weigeren"))]
LONGEST = timedelta(days=10 * 366)


class ChoiceForm(forms.Form):
    """The everyday choice: a group of data, and whether it may."""

    group = forms.ChoiceField()
    answer = forms.ChoiceField(choices=ANSWERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = cast(forms.ChoiceField, self.fields["group"])
        groups.choices = [(group.key, group.words) for group in words.groups()]

    @property
    def group_chosen(self) -> Group:
        """The group of data that was chosen."""
        return next(group for group in words.groups() if group.key == self.cleaned_data["group"])

    @property
    def permit(self) -> bool:
        """Whether the citizen permits it."""
        return bool(self.cleaned_data["answer"] == "permit")


class UntilForm(forms.Form):
    """A form with an end: none, after three months, after a year, or on a day of choice."""

    until = forms.ChoiceField(
        label=_("Tot wanneer?"),
        choices=[
            ("none", _("Tot ik het verander")),
            ("3", _("3 maanden")),
            ("12", _("1 jaar")),
            ("day", _("Tot en met een dag die ik kies")),
        ],
        widget=forms.RadioSelect,
        initial="none",
        error_messages={"required": _("Kies tot wanneer het telt.")},
    )
    day = forms.DateField(
        label=_("Welke dag?"),
        help_text=_("Alleen als u hierboven zelf een dag kiest."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Dit is geen dag. Schrijf hem zo: 31-12-2026.")},
    )

    def clean(self) -> dict[str, Any]:
        """A day of choice lies ahead, and not further than ten years."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("until") == "day" and not self.errors.get("day"):
            day, today = given.get("day"), timezone.localdate()
            if day is None:
                self.add_error("day", ValidationError(_("Kies een dag, of kies hierboven iets anders.")))
            elif day <= today:
                self.add_error("day", ValidationError(_("Deze dag is al geweest. Kies een dag na vandaag.")))
            elif day - today > LONGEST:
                self.add_error("day", ValidationError(_("Kies een dag binnen 10 jaar.")))
        return given

    @property
    def ends(self) -> date | None:
        """The last day on which it counts; nothing when it has no end."""
        until = str(self.cleaned_data["until"])
        if until == "day":
            return cast(date, self.cleaned_data["day"])
        return None if until == "none" else _months_on(timezone.localdate(), int(until))


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)


class ExceptionForm(UntilForm):
    """An exception: about one reader, for some groups of data, held by everybody or by some, with an end."""

    answer = forms.ChoiceField(
        label=_("Wat wilt u?"),
        choices=[("permit", _("Mag wel zien")), ("refuse", _("Mag niet zien"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Kies of het wel of niet mag.")},
    )
    groups = forms.MultipleChoiceField(
        label=_("Om welke gegevens gaat het?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies ten minste één soort gegevens.")},
    )
    holder = forms.ChoiceField(label=_("Van wie zijn die gegevens?"))
    field_order = ("answer", "groups", "holder", "until", "day")

    def __init__(self, *args: Any, groups: Iterable[str], holders: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may = set(groups)
        cast(forms.MultipleChoiceField, self.fields["groups"]).choices = [
            (group.key, group.words[:1].upper() + group.words[1:]) for group in words.groups() if group.key in may
        ]
        cast(forms.ChoiceField, self.fields["holder"]).choices = list(holders)

    @property
    def permit(self) -> bool:
        """Whether the citizen permits it."""
        return bool(self.cleaned_data["answer"] == "permit")

    @property
    def categories(self) -> frozenset[Category]:
        """The kinds of data that were chosen."""
        return _together(words.groups(), self.cleaned_data["groups"])


class MandateForm(UntilForm):
    """Whom the citizen lets act, for which data, and whether more than looking is allowed."""

    name = forms.CharField(
        label=_("Hoe heet deze persoon?"),
        help_text=_("Bijvoorbeeld: Els de Vries."),
        max_length=110,
        error_messages={"required": _("Schrijf op hoe deze persoon heet.")},
    )
    relation = forms.CharField(
        label=_("Wie is deze persoon voor u? (mag leeg blijven)"),
        help_text=_("Eén woord, bijvoorbeeld: dochter, buurman of mantelzorger."),
        max_length=40,
        required=False,
    )
    groups = forms.MultipleChoiceField(
        label=_("Wat mag deze persoon zien?"),
        help_text=_("Uw naam en adres ziet deze persoon altijd."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies ten minste één soort gegevens.")},
    )
    acts = forms.BooleanField(
        label=_("Deze persoon mag ook dingen regelen"),
        help_text=_("Kiezen wie wat mag zien, een verzoek doen, en zien wie er meekeek."),
        required=False,
    )
    field_order = ("name", "relation", "groups", "acts", "until", "day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = cast(forms.MultipleChoiceField, self.fields["groups"])
        groups.choices = [(group.key, group.plain[:1].upper() + group.plain[1:]) for group in words.scopes()]

    @property
    def called(self) -> str:
        """How every sentence names this person: the name, with the relation behind it."""
        name, relation = self.cleaned_data["name"], self.cleaned_data["relation"].strip(" .()")
        relation = relation.removeprefix("mijn ").removeprefix("Mijn ")
        return f"{name} ({relation})" if relation else name

    @property
    def categories(self) -> frozenset[Category]:
        """The kinds of data that were chosen; who acts always sees for whom."""
        return _together(words.scopes(), self.cleaned_data["groups"]) | {Category.IDENTITY}


def _together(groups: list[Group], keys: Iterable[str]) -> frozenset[Category]:
    chosen = set(keys)
    return frozenset[Category]().union(*(group.categories for group in groups if group.key in chosen))


class MandateCodeForm(forms.Form):
    """The code that somebody got on paper or by telephone to act for another."""

    code = forms.CharField(
        label=_("Uw code"),
        help_text=_("U kreeg deze code van de persoon voor wie u gaat handelen."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Vul de code in.")},
    )
