"""What a professional records for a patient: a choice made in person or by telephone, and a mandate with its document."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from people.models import Domain, Organisation
from trust.categories import CHOSEN_TOGETHER, EVERYTHING, Category, named
from trust.models import Mandate
from workplace.access import PROCESS

READING = [domain for domain in Domain if domain != Domain.REGION]
HOW = [
    ("room", _("gesprek in de spreekkamer")),
    ("telephone", _("telefonisch na controle van identiteit")),
    ("form", _("formulier met handtekening")),
]


class EndDateField(forms.DateField):
    """A day in the future until which something holds; empty for no end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("Kies een dag, of laat het leeg.")},
            **kwargs,
        )

    def clean(self, value: Any) -> date | None:
        """Refuse a day that has passed."""
        day: date | None = super().clean(value)
        if day and day <= timezone.localdate():
            raise ValidationError(_("Kies een dag na vandaag, of laat het leeg."), code="past")
        return day


def _groups() -> list[tuple[str, str]]:
    return [(key, named(categories)[:1].upper() + named(categories)[1:]) for key, categories in CHOSEN_TOGETHER.items()]


def _chosen(keys: list[str]) -> frozenset[Category]:
    return frozenset[Category]().union(*(CHOSEN_TOGETHER[key] for key in keys))


class ChoiceForm(forms.Form):
    """One choice of the patient: who, which data, yes or no, how it was established; nothing is filled in beforehand."""

    reader = forms.ChoiceField(
        widget=forms.RadioSelect,
        label=_("Over wie gaat de keuze?"),
        error_messages={"required": _("Kies over wie de keuze gaat.")},
    )
    organisation = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=_("Welke organisatie"),
        help_text=_("Alleen bij “één andere organisatie”."),
    )
    groups = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Welke gegevens?"),
        error_messages={"required": _("Vink minstens één soort gegevens aan.")},
    )
    permit = forms.ChoiceField(
        choices=[("permit", _("Mag dit zien")), ("refuse", _("Mag dit niet zien"))],
        widget=forms.RadioSelect,
        label=_("Wat kiest de inwoner?"),
        error_messages={"required": _("Kies of het mag of niet.")},
    )
    how = forms.ChoiceField(
        choices=HOW,
        widget=forms.RadioSelect,
        label=_("Hoe is dit vastgesteld?"),
        error_messages={"required": _("Kies hoe de keuze is vastgesteld.")},
    )
    note = forms.CharField(
        max_length=120,
        required=False,
        label=_("Toelichting"),
        help_text=_("bijvoorbeeld waar het formulier bewaard wordt; de inwoner leest dit"),
    )
    ends = EndDateField(label=_("Tot en met"))

    def __init__(self, data: Any = None, *, own: Organisation, others: list[Organisation], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.own, self.others = own, {organisation.pk: organisation for organisation in others if organisation != own}
        self.fields["reader"].choices = [  # type: ignore[attr-defined]
            ("own", _("%(name)s (eigen organisatie)") % {"name": own.name}),
            *[(str(domain.value), capfirst(str(domain.label))) for domain in READING],
            ("one", _("Eén andere organisatie")),
        ]
        kinds: dict[str, list[tuple[int, str]]] = {}
        for organisation in self.others.values():
            place = f", {organisation.place}" if organisation.place else ""
            kinds.setdefault(str(Domain(organisation.domain).label), []).append(
                (organisation.pk, f"{organisation.name}{place}")
            )
        self.fields["organisation"].choices = [("", "–"), *kinds.items()]  # type: ignore[attr-defined]
        self.fields["groups"].choices = _groups()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One organisation must be named when the choice is about one."""
        typed = super().clean() or {}
        if typed.get("reader") == "one" and not typed.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", ValidationError(_("Kies welke organisatie."), code="required"))
        return typed

    def choice(self) -> dict[str, Any]:
        """What was chosen, as the action takes it; how it was established is kept in Dutch, as the citizen reads it."""
        typed = self.cleaned_data
        reader = typed["reader"]
        with translation.override("nl"):
            how = str(dict(HOW)[typed["how"]])
        one = {"own": self.own, "one": self.others.get(typed["organisation"] or 0)}
        return {
            "permit": typed["permit"] == "permit",
            "categories": _chosen(typed["groups"]),
            "reader_domain": "" if reader in one else reader,
            "reader_organisation": one.get(reader),
            "ends": typed["ends"],
            "established": f"{how}: {typed['note']}" if typed["note"] else how,
        }


class MandateForm(forms.Form):
    """Who acts for the patient, in which capacity, shown by which document, and for which data."""

    kind = forms.ChoiceField(
        choices=[
            (kind.value, kind.label)
            for kind in (Mandate.Kind.PARENT, Mandate.Kind.MENTOR, Mandate.Kind.CURATOR, Mandate.Kind.CARER)
        ],
        widget=forms.RadioSelect,
        label=_("In welke hoedanigheid?"),
        error_messages={"required": _("Kies in welke hoedanigheid iemand optreedt.")},
    )
    name = forms.CharField(
        max_length=160, label=_("Naam van de vertegenwoordiger"), error_messages={"required": _("Vul de naam in.")}
    )
    document = forms.CharField(
        max_length=200,
        label=_("Waaruit blijkt dit?"),
        help_text=_(
            "Mentor of curator: zaaknummer en datum van de uitspraak. Ouder of voogd: hoe u het gezag controleerde."
            " Mantelzorger: hoe de inwoner u dit zelf heeft laten weten."
        ),
        error_messages={
            "required": _("Vul in waaruit dit blijkt; zonder bewijs kan niemand namens een ander optreden.")
        },
    )
    groups = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Welke gegevens?"),
        error_messages={"required": _("Vink minstens één soort gegevens aan.")},
    )
    acts = forms.BooleanField(
        required=False, label=_("Mag ook namens de inwoner kiezen, vragen stellen en zien wie meekeek")
    )
    ends = EndDateField(
        label=_("Tot en met"),
        help_text=_("Leeg: tot iemand het beëindigt. Bij een ouder hoogstens tot de 16e verjaardag."),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        process = named(PROCESS)
        self.fields["groups"].choices = [  # type: ignore[attr-defined]
            ("all", _("Alle gegevens")), *_groups(), ("process", process[:1].upper() + process[1:]),
        ]  # fmt: skip

    def mandate(self) -> dict[str, Any]:
        """What was typed, as the action takes it; name and birth date always show, or nobody knows for whom they act."""
        typed = self.cleaned_data
        keys = typed["groups"]
        if "all" in keys:
            categories = EVERYTHING
        else:
            categories = _chosen([key for key in keys if key in CHOSEN_TOGETHER]) | {Category.IDENTITY}
            categories |= PROCESS if "process" in keys else frozenset()
        return {
            "kind": typed["kind"], "name": typed["name"], "document": typed["document"], "categories": categories,
            "acts": typed["acts"], "ends": typed["ends"],
        }  # fmt: skip
