"""What a privacy officer may type to search the log."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.access import Search
from oversight import words
from people.forms import BirthDateField, BsnField
from people.models import Organisation, User

_FIRST_YEAR = 2000


def _any(choices: dict[str, object]) -> list[tuple[str, object]]:
    return [("", gettext_lazy("alle")), *choices.items()]


class LogSearchForm(forms.Form):
    """The questions to the log. Whoever is meant by a name or a BSN is resolved by the view, into a number."""

    person = forms.CharField(label=gettext_lazy("Professional"), required=False, max_length=80)
    user_id = forms.TypedChoiceField(
        label=gettext_lazy("Wie bedoelt u?"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    patient_id = forms.IntegerField(
        label=gettext_lazy("Nummer van de inwoner"), required=False, min_value=1, max_value=10**15
    )
    bsn = BsnField(label=gettext_lazy("of BSN"), required=False)
    birth_date = BirthDateField(label=gettext_lazy("met geboortedatum"), required=False, help_text="")
    organisation_id = forms.TypedChoiceField(
        label=gettext_lazy("Organisatie"), required=False, coerce=int, empty_value=None
    )
    since = forms.DateField(
        label=gettext_lazy("Vanaf"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("Tot en met"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    verb = forms.ChoiceField(label=gettext_lazy("Gebeurtenis"), required=False)
    purpose = forms.ChoiceField(label=gettext_lazy("Doel van de inzage"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Uitkomst"), required=False)
    emergency = forms.BooleanField(label=gettext_lazy("Alleen noodtoegang"), required=False)

    def __init__(
        self, *args: Any, organisations: list[Organisation], people: list[User], bsn: bool, **kwargs: Any
    ) -> None:
        """``organisations`` are those within reach, ``people`` those who answer to the name that was typed.

        ``bsn`` tells whether the organisation may process it.
        """
        super().__init__(*args, **kwargs)
        self.people = people
        self._choose("user_id", [(one.pk, one.name) for one in people])
        if len(people) < 2:
            self.fields["user_id"].widget = forms.HiddenInput()
        self._choose("organisation_id", [("", _("alle")), *((one.pk, one.name) for one in organisations)])
        if len(organisations) < 2:
            del self.fields["organisation_id"]
        if not bsn:
            del self.fields["bsn"], self.fields["birth_date"]
        self._choose("verb", [("", _("alle")), *((group, list(verbs.items())) for group, verbs in words.VERBS.items())])
        self._choose("purpose", _any(words.PURPOSES))
        self._choose("outcome", _any(words.OUTCOMES))

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_since(self) -> date | None:
        """The first day lies in the past."""
        return self._day("since")

    def clean_until(self) -> date | None:
        """The last day lies in the past; today counts."""
        return self._day("until")

    def _day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and day > timezone.localdate():
            raise ValidationError(_("Deze dag ligt in de toekomst."))
        if day and day.year < _FIRST_YEAR:
            raise ValidationError(_("Zo lang geleden was er nog geen logboek."))
        return day

    def clean(self) -> dict[str, Any]:
        """A BSN goes with a birth date, one way to name a citizen is enough, and a period has its days in order."""
        given = super().clean() or self.cleaned_data
        if bool(given.get("bsn")) != bool(given.get("birth_date")) and not {"bsn", "birth_date"} & set(self.errors):
            self.add_error("birth_date" if given.get("bsn") else "bsn", _("Vul BSN en geboortedatum allebei in."))
        if given.get("bsn") and given.get("patient_id"):
            self.add_error("patient_id", _("Vul het nummer in, of het BSN met de geboortedatum."))
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", _("Deze dag ligt voor de eerste dag."))
        given["user_id"] = self._person(given)
        return given

    def _person(self, given: dict[str, Any]) -> int | None:
        """Who is meant by the name: the one who has it, or the one who was pointed out."""
        if not given.get("person"):
            return None
        numbers = [one.pk for one in self.people]
        if len(numbers) == 1:
            return numbers[0]
        if given.get("user_id") in numbers:
            return int(given["user_id"])
        if numbers:
            self.add_error("user_id", _("Er zijn er meer met deze naam. Kies wie u bedoelt."))
        else:
            self.add_error("person", _("Niemand met deze naam gevonden."))
        return None

    def search(self, *, patient_id: int | None) -> Search:
        """What was asked, with the citizen as the number that was found."""
        given = self.cleaned_data
        return Search(
            user_id=given["user_id"],
            patient_id=patient_id,
            organisation_id=given.get("organisation_id"),
            since=given["since"],
            until=given["until"],
            purpose=given["purpose"],
            emergency=given["emergency"],
            outcome=given["outcome"],
            verb=given["verb"],
        )
