"""A form as a person fills it in: fields made from its definition, judged together, so that what is not asked is not wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.questionnaires.answers import asked_in, kept_of, words_for
from dossier.questionnaires.definition import Item, Questionnaire
from trust.categories import Category

PREFIX = "form"
"""With which the names of its fields begin, so that it stands within another form."""
MOST_SHOWN = 7
"""As many options are shown beside each other; more become a list to choose from."""


class Prefilled(NamedTuple):
    """What the record answers: the answer, where it came from, of which category; ``kept_back`` says why it is not filled in."""

    answer: str
    origin: str
    category: Category
    kept_back: str = ""


@dataclass(frozen=True)
class Line:
    """One line on the page; ``field`` is nothing for a heading or words. ``only`` says to which answer it belongs."""

    item: Item
    field: forms.BoundField | None
    asked: bool
    depends: bool
    only: str
    origin: str = ""
    kept_back: str = ""


class _Told:
    """A field of which the form itself, not the browser, says when it must be filled: it may not be asked at all."""

    def use_required_attribute(self, initial: Any) -> bool:
        """Never."""
        return False


class _Text(_Told, forms.TextInput):
    """One line."""


class _Area(_Told, forms.Textarea):
    """More lines."""


class _Day(_Told, forms.DateInput):
    """A day."""


class _Number(_Told, forms.NumberInput):
    """A whole number."""


class RadioSelect(_Told, forms.RadioSelect):
    """One of a few; pages know it by the name of its class."""


class _Listed(_Told, forms.Select):
    """One of many."""


class QuestionnaireForm(forms.Form):
    """The questions of one version of a form. ``partial`` lets what must be answered wait; what is answered is judged all the same.

    After validation ``answers`` are the items to keep, ``kinds`` the categories of the record that filled any of them in.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        questionnaire: Questionnaire,
        given: Mapping[str, list[str]] | None = None,
        prefilled: Mapping[str, Prefilled] | None = None,
        partial: bool = False,
    ) -> None:
        self.questionnaire, self.prefilled = questionnaire, dict(prefilled or {})
        filled = {name: one.answer for name, one in self.prefilled.items() if not one.kept_back}
        initial: dict[str, Any] = {}
        for name, item in questionnaire.questions.items():
            answers = list((given or {}).get(name, []))
            initial[name] = answers if item.repeats else next(iter(answers), "")
            if given is None and name in filled:
                initial[name] = filled[name]
        super().__init__(data, prefix=PREFIX, initial=initial)
        for name, item in questionnaire.questions.items():
            self.fields[name] = _field(item, required=item.required and not partial)

    def clean(self) -> dict[str, Any]:
        """What was asked, given the other answers; of the rest neither faults nor answers count."""
        said = super().clean() or self.cleaned_data
        asked = asked_in(self.questionnaire, self._given())
        for name in self.fields:
            if name not in asked:
                self.errors.pop(name, None)
                said.pop(name, None)
        return said

    def _given(self) -> dict[str, list[str]]:
        """The answers as they are written down, as far as they were understood."""
        if self.is_bound and not hasattr(self, "cleaned_data"):
            self.full_clean()
        source = self.cleaned_data if self.is_bound else self.initial
        return {name: said for name in self.fields if (said := _written(source.get(name)))}

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The items to keep; to be asked of a form that was found right."""
        return kept_of(self.questionnaire, self._given())

    @property
    def kinds(self) -> frozenset[Category]:
        """The categories from which the record could fill in what is answered, changed by hand or not."""
        given = self._given()
        return frozenset(one.category for name, one in self.prefilled.items() if name in given and not one.kept_back)

    @property
    def typed(self) -> dict[str, list[str]]:
        """What was typed, right or not, as a draft keeps it."""
        found = {}
        for name, field in self.fields.items():
            value = field.widget.value_from_datadict(self.data, {}, self.add_prefix(name)) if self.is_bound else None
            if value:
                found[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        return found

    def lines(self) -> list[Line]:
        """Every line of the form for the page, in order; what is not asked with these answers says when it is."""
        form = self.questionnaire
        asked = asked_in(form, self._given())
        # A heading stands above what is asked; above nothing it does not.
        headings = {one.link_id for item, above in form.walk() if item.asks and item.link_id in asked for one in above}
        on = {one.question for item, _above in form.walk() for one in item.conditions}
        lines = []
        for item, _above in form.walk():
            shown = item.link_id in (headings if item.type == "group" else asked)
            joined = _(" of ") if item.some else _(" en ")
            only = joined.join(words_for(form, one) for one in item.conditions)
            told = self.prefilled.get(item.link_id, Prefilled("", "", Category.IDENTITY))
            filled = item.asks and not told.kept_back and self[item.link_id].value() == told.answer
            lines.append(
                Line(
                    item, self[item.link_id] if item.asks else None, shown, item.link_id in on, only,
                    told.origin if filled else "", told.kept_back,
                )
            )  # fmt: skip
        return lines


def _written(value: Any) -> list[str]:
    if value in (None, "", []):
        return []
    if isinstance(value, list):
        return [str(one) for one in value]
    return [value.isoformat() if isinstance(value, date) else str(value)]


def _field(item: Item, *, required: bool) -> forms.Field:
    common: dict[str, Any] = {
        "label": item.text,
        "help_text": item.help,
        "required": required,
        "error_messages": {"required": _("Vul dit in.")},
    }
    if item.type == "choice":
        common["error_messages"]["invalid_choice"] = _("Kies een van de mogelijkheden.")
        if item.repeats:
            return forms.MultipleChoiceField(choices=item.options, widget=forms.CheckboxSelectMultiple, **common)
        many = len(item.options) > MOST_SHOWN
        chooser = _Listed(attrs={"class": "input"}) if many else RadioSelect()
        return forms.ChoiceField(choices=[("", "–"), *item.options] if many else item.options, widget=chooser, **common)
    if item.type == "boolean":
        return forms.ChoiceField(choices=[("true", _("ja")), ("false", _("nee"))], widget=RadioSelect(), **common)
    if item.type == "date":
        return _DayField(item, widget=_Day(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if item.type == "integer":
        common["error_messages"] |= {
            "invalid": _("Typ een heel getal."),
            "min_value": _("Typ een getal van %(limit_value)s of meer."),
            "max_value": _("Typ een getal van %(limit_value)s of minder."),
        }
        return forms.IntegerField(
            min_value=item.lowest or 0, max_value=item.highest or 100_000, widget=_Number(), **common
        )
    too_long = MaxLengthValidator(item.longest, message=_("Houd het korter: hoogstens %(limit_value)s tekens."))
    widget = _Area(attrs={"rows": 3}) if item.type == "text" else _Text()
    return forms.CharField(validators=[too_long], widget=widget, **common)


class _DayField(forms.DateField):
    """A day, ahead or behind where the question says so."""

    def __init__(self, item: Item, **options: Any) -> None:
        options["error_messages"]["invalid"] = _("Typ een dag die bestaat, zoals 30-11-2026.")
        super().__init__(**options)
        self.days = item.days

    def validate(self, value: Any) -> None:
        """Not before today, or not after it."""
        super().validate(value)
        if value and self.days == "future" and value < timezone.localdate():
            raise forms.ValidationError(_("Deze dag is al voorbij."))
        if value and self.days == "past" and value > timezone.localdate():
            raise forms.ValidationError(_("Deze dag moet nog komen."))
