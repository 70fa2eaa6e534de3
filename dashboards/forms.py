"""By what the figures can be narrowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.figures import Selection
from people.models import Domain
from square.models import HealthcareService

PERIODS = [("3", _("kwartaal")), ("12", _("jaar")), ("36", _("3 jaar"))]


class SelectionForm(forms.Form):
    """Domain, kind of service, one service, municipality of the provider, and how far back."""

    domain = forms.ChoiceField(label=_("Domein"), required=False)
    kind = forms.ChoiceField(label=_("Soort aanbod"), required=False)
    service = forms.TypedChoiceField(label=_("Aanbod"), required=False, coerce=int, empty_value=None)
    municipality = forms.ChoiceField(label=_("Gemeente van de aanbieder"), required=False)
    months = forms.TypedChoiceField(label=_("Periode"), required=False, coerce=int, choices=PERIODS, empty_value=None)

    def __init__(self, *args: Any, offer: Iterable[HealthcareService], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer = list(offer)
        labels = dict(Domain.choices)
        names: dict[str, Counter[str]] = {}
        for service in offer:
            names.setdefault(service.kind, Counter())[service.name] += 1
        kinds = {kind: counted.most_common(1)[0][0] for kind, counted in names.items()}
        fields = cast(dict[str, forms.ChoiceField], self.fields)
        fields["domain"].choices = [
            ("", _("alle domeinen")),
            *sorted(((d, labels[d]) for d in {s.domain for s in offer}), key=lambda c: str(c[1])),
        ]
        fields["kind"].choices = [("", _("alle soorten")), *sorted(kinds.items(), key=lambda c: c[1])]
        fields["service"].choices = [("", _("alles")), *((s.pk, f"{s.name} · {s.organisation.name}") for s in offer)]
        fields["municipality"].choices = [
            ("", _("alle gemeenten")),
            *((m, m) for m in sorted({s.organisation.municipality for s in offer} - {""})),
        ]

    def clean_months(self) -> int:
        """The number of months; a year when nothing was chosen."""
        return self.cleaned_data["months"] or 12

    @property
    def selection(self) -> Selection:
        """What was chosen; everything over a year when the choice is not valid."""
        if not self.is_valid():
            return Selection()
        chosen = self.cleaned_data
        return Selection(chosen["domain"], chosen["kind"], chosen["service"], chosen["municipality"], chosen["months"])

    @property
    def subject(self) -> str:
        """What was chosen, in words, for the sentence above the figures."""
        if not self.is_valid():
            return str(_("Alle verwijzingen"))
        chosen = self.cleaned_data
        for name in ("service", "kind", "domain"):
            if chosen[name]:
                words = str(dict(cast(Any, self.fields[name]).choices)[chosen[name]])
                break
        else:
            words = str(_("Alle verwijzingen"))
        words = words[:1].upper() + words[1:]
        return (
            _("%(what)s in %(where)s") % {"what": words, "where": chosen["municipality"]}
            if chosen["municipality"]
            else words
        )


class PeriodForm(forms.Form):
    """How far back."""

    months = forms.TypedChoiceField(label=_("Periode"), required=False, coerce=int, choices=PERIODS, empty_value=None)

    @property
    def months_chosen(self) -> int:
        """The number of months; a year when nothing valid was chosen."""
        return int(self.cleaned_data["months"] or 12) if self.is_valid() else 12
