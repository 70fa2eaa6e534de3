"""What a visitor may search by, and what a provider may say of its own service."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossier.access.questionnaires import titles
from people.models import Domain
from square.access import AgeGroup, Language, Place, Wanted, Way, find_place
from square.codes import is_code
from square.models import HealthcareService, Postcode


class SearchForm(forms.Form):
    """Everyday words, a place, and the filters; an unknown place is said at its field and the rest still counts."""

    q = forms.CharField(label=_("Waar zoekt u hulp of steun bij?"), max_length=120, required=False)
    where = forms.CharField(label=_("Plaats of postcode"), max_length=60, required=False)
    domain = forms.ChoiceField(choices=Domain.choices, required=False)
    law = forms.ChoiceField(choices=HealthcareService.Law.choices, required=False)
    age = forms.ChoiceField(choices=AgeGroup.choices, required=False)
    way = forms.ChoiceField(choices=Way.choices, required=False)
    language = forms.ChoiceField(choices=Language.choices, required=False)

    q.widget.attrs.update(
        {"placeholder": _("bijvoorbeeld: eenzaam, hulp in huis, somber"), "type": "search", "autocomplete": "off"}
    )
    where.widget.attrs.update({"autocomplete": "postal-code"})

    def clean_where(self) -> Place | None:
        """The place that is meant; says what to type when there is no such place."""
        return place_typed(self.cleaned_data["where"])

    def wanted(self) -> Wanted:
        """What is looked for, as far as it could be understood; to be asked of a form that was validated."""
        said = self.cleaned_data
        return Wanted(
            words=said.get("q", ""), near=said.get("where"), domain=said.get("domain", ""), law=said.get("law", ""),
            age_group=said.get("age", ""), way=said.get("way", ""), language=said.get("language", ""),
        )  # fmt: skip


def place_typed(text: str) -> Place | None:
    """The place that was typed, or nothing when nothing was; a ``ValidationError`` says what to type instead."""
    if not text:
        return None
    place = find_place(text)
    if place is None:
        raise forms.ValidationError(
            gettext("Wij kennen “%(text)s” niet. Typ de vier cijfers van een postcode, of de naam van een plaats.")
            % {"text": text}
        )
    return place


class Lines(forms.CharField):
    """A list of short texts, one on each line."""

    widget = forms.Textarea

    def __init__(self, *, longest: int, **options: Any) -> None:
        self.longest = longest
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, without empty ones."""
        lines = [" ".join(line.split()) for line in (super().to_python(value) or "").splitlines()]
        return [line for line in lines if line]

    def validate(self, value: Any) -> None:
        """No line is longer than its column."""
        if any(len(line) > self.longest for line in value):
            raise forms.ValidationError(
                gettext("Maak elke regel korter dan %(count)s tekens.") % {"count": self.longest}
            )

    def run_validators(self, value: Any) -> None:
        """The lines were judged one by one."""


class ServiceForm(forms.ModelForm):
    """What a provider says of its own service."""

    criteria = Lines(
        label=_("Voorwaarden"), help_text=_("Eén op elke regel, in gewone woorden."), longest=160, required=False
    )
    municipalities = Lines(
        label=_("Voor inwoners van"),
        help_text=_("Eén gemeente op elke regel. Leeg: voor iedereen."),
        longest=80,
        required=False,
    )

    postcode = forms.CharField(
        label=_("Postcode"), help_text=_("Bepaalt de plek op de kaart en de afstand."), max_length=7, required=False
    )

    languages = forms.MultipleChoiceField(
        label=_("Talen waarin u helpt"), choices=Language.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    codes = Lines(
        label=_("Codes van problemen"),
        help_text=_(
            "Eén op elke regel: ICPC-1 (P76, T90.02) of SNOMED CT (35489007). Zo vindt een verwijzer u bij het probleem zelf."
        ),
        longest=18,
        required=False,
    )

    questionnaire = forms.ChoiceField(
        label=_("Formulier bij een verwijzing"), required=False,
        help_text=_("De verwijzer vult het in bij het verwijzen; wat het dossier al weet staat er dan in."),
    )  # fmt: skip

    class Meta:
        model = HealthcareService
        fields = [
            "name", "summary", "for_whom", "needs", "codes", "criteria", "minimum_age", "maximum_age", "languages", "cost",
            "next_step", "phone", "postcode", "place", "on_location", "at_home", "online", "municipalities", "open_for_new",
            "takes_referrals", "self_referral", "answer_days", "norm_days", "questionnaire",
        ]  # fmt: skip
        labels = {
            "name": _("Naam"), "summary": _("Wat u doet"), "for_whom": _("Voor wie"), "needs": _("Woorden waarmee mensen zoeken"),
            "minimum_age": _("Vanaf leeftijd"), "maximum_age": _("Tot en met leeftijd"), "cost": _("Kosten voor de inwoner"),
            "next_step": _("Wat is de volgende stap?"), "phone": _("Telefoon"), "place": _("Plaats"),
            "on_location": _("Op locatie"), "at_home": _("Aan huis"), "online": _("Online"),
            "open_for_new": _("Er is plek: open voor nieuwe aanvragen"), "takes_referrals": _("Neemt verwijzingen aan"),
            "self_referral": _("Inwoners kunnen zich zelf aanmelden"),
            "answer_days": _("Binnen hoeveel werkdagen u antwoordt"), "norm_days": _("Binnen hoeveel dagen de hulp begint"),
        }  # fmt: skip
        help_texts = {
            "needs": _("Gewone woorden, zoals een inwoner ze zegt: somber, alleen, vallen."),
            "next_step": _("Eén zin: bellen, aanmelden of verwijzen, en wat er dan gebeurt."),
            "answer_days": _("Leeg: zoals overal afgesproken, 5 werkdagen en bij snel 1."),
            "norm_days": _("Kalenderdagen vanaf de verwijzing; de norm waaraan u zich houdt. Leeg: er is geen norm."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["questionnaire"].choices = [("", gettext("geen")), *titles().items()]  # type: ignore[attr-defined]

    def clean_postcode(self) -> str:
        """A known postcode, written without a space, or nothing."""
        typed = re.sub(r"\s", "", self.cleaned_data["postcode"]).upper()
        if not typed:
            return ""
        if not re.fullmatch(r"\d{4}([A-Z]{2})?", typed):
            raise forms.ValidationError(gettext("Een postcode heeft vier cijfers en eventueel twee letters."))
        if not Postcode.objects.filter(digits=typed[:4]).exists():
            raise forms.ValidationError(gettext("Postcode %(digits)s bestaat niet.") % {"digits": typed[:4]})
        return typed

    def clean_codes(self) -> list[str]:
        """Codes as they are written, each once."""
        typed = [code.upper() for code in self.cleaned_data["codes"]]
        if wrong := [code for code in typed if not is_code(code)]:
            raise forms.ValidationError(
                gettext("Dit is geen code van ICPC-1 of SNOMED CT: %(codes)s.") % {"codes": ", ".join(wrong)}
            )
        return list(dict.fromkeys(typed))

    def clean_answer_days(self) -> int | None:
        """A number of days in which an answer is of use, or nothing."""
        return _between(self.cleaned_data["answer_days"], 1, 60)

    def clean_norm_days(self) -> int | None:
        """A number of days that can be a norm, or nothing."""
        return _between(self.cleaned_data["norm_days"], 1, 1500)

    def clean_municipalities(self) -> list[str]:
        """Only municipalities that exist, as they write themselves."""
        typed: list[str] = self.cleaned_data["municipalities"]
        known = {
            name.lower(): name for name in Postcode.objects.order_by().values_list("municipality", flat=True).distinct()
        }
        if unknown := [name for name in typed if name.lower() not in known]:
            raise forms.ValidationError(
                gettext("Deze gemeente kennen wij niet: %(names)s.") % {"names": ", ".join(unknown)}
            )
        return [known[name.lower()] for name in typed]

    def clean(self) -> dict[str, Any]:
        """Ages stand in order, and there is at least one way to be reached."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        lowest, highest = said.get("minimum_age"), said.get("maximum_age")
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("maximum_age", gettext("Deze leeftijd is lager dan “vanaf leeftijd”."))
        if not (said.get("on_location") or said.get("at_home") or said.get("online")):
            self.add_error("on_location", gettext("Kies ten minste één: op locatie, aan huis of online."))
        if self.instance.process == HealthcareService.Process.ORDER and not said.get("questionnaire"):
            self.add_error("questionnaire", gettext("Een aanvraag heeft een formulier; kies welk."))
        return said


def _between(days: int | None, least: int, most: int) -> int | None:
    if days is not None and not least <= days <= most:
        raise forms.ValidationError(
            gettext("Kies een aantal van %(least)s tot en met %(most)s.") % {"least": least, "most": most}
        )
    return days


class WaitingTimeForm(forms.Form):
    """How long somebody new waits at present."""

    days = forms.IntegerField(
        label=_("Wachttijd in dagen"),
        min_value=0,
        max_value=1500,
        help_text=_("Kalenderdagen tot het eerste contact: 3 weken is 21."),
    )
    measured_on = forms.DateField(
        label=_("Gemeten op"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )

    def clean_measured_on(self) -> Any:
        """A day that has been, at most a year ago."""
        day, today = self.cleaned_data["measured_on"], timezone.localdate()
        if day > today:
            raise forms.ValidationError(gettext("Een wachttijd is op zijn laatst vandaag gemeten."))
        if day < today - timedelta(days=365):
            raise forms.ValidationError(gettext("Dit is meer dan een jaar geleden; meet opnieuw."))
        return day
