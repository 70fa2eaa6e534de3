"""What a data owner may state: the lines of a policy, why it changes, and from when."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from oversight.access.effect import RELATIONS
from oversight.forms.need import StartsField
from oversight.moves import PURPOSES
from people.access import participants
from people.models import CARE_ROLES, Domain, Role
from trust.categories import Category, from_mask, to_mask
from trust.models import CareRelation, PolicyLine

EVERYBODY = ""


class LineForm(forms.Form):
    """One line: what goes to whom, for what, and on which conditions."""

    reader = forms.ChoiceField(label=_("Aan wie"), required=False)
    categories = forms.TypedMultipleChoiceField(
        label=_("Welke gegevens"),
        coerce=int,
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies ten minste één soort gegevens, of laat de regel weg.")},
    )
    purposes = forms.MultipleChoiceField(
        label=_("Waarvoor"),
        choices=list(PURPOSES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies ten minste één doel, of laat de regel weg.")},
    )
    roles = forms.MultipleChoiceField(
        label=_("Alleen aan deze rollen"),
        help_text=_("Niets aangevinkt: alle rollen."),
        required=False,
        choices=[(role.value, role.label) for role in Role if role in CARE_ROLES],
        widget=forms.CheckboxSelectMultiple,
    )
    relations = forms.MultipleChoiceField(
        label=_("Alleen bij deze zorgrelatie"),
        help_text=_("Niets aangevinkt: elke zorgrelatie."),
        required=False,
        choices=[(source.value, source.label) for source in CareRelation.Source if source in RELATIONS],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(f"kind:{domain.value}", domain.label) for domain in Domain if domain != Domain.REGION]
        places = participants().caring().values_list("pk", "name")
        cast(forms.ChoiceField, self.fields["reader"]).choices = [
            (EVERYBODY, _("alle deelnemers")),
            (_("Een soort deelnemer"), kinds),
            (_("Eén deelnemer"), [(f"one:{pk}", name) for pk, name in places]),
        ]

    @property
    def line(self) -> PolicyLine:
        """The valid line, unsaved."""
        chosen = self.cleaned_data
        kind, _colon, value = chosen["reader"].partition(":")
        return PolicyLine(
            categories=to_mask(chosen["categories"]),
            purposes=sorted(chosen["purposes"]),
            reader_domain=value if kind == "kind" else "",
            reader_organisation_id=int(value) if kind == "one" else None,
            roles=sorted(chosen["roles"]),
            relations=sorted(chosen["relations"]),
        )


LineFormSet = forms.formset_factory(LineForm, extra=0, can_delete=True, max_num=30, absolute_max=40, validate_max=True)


def lines_of(lines: forms.BaseFormSet) -> list[PolicyLine]:
    """The valid lines that stay; a policy without any line gives nothing to anybody."""
    return [form.line for form in lines.forms if form not in lines.deleted_forms]


class StatementForm(forms.Form):
    """Why a policy changes, and from when."""

    note = forms.CharField(
        label=_("Waarom?"), help_text=_("Met het besluit of de overeenkomst waarop het berust."), max_length=300
    )
    starts = StartsField()


def initial_of(line: PolicyLine) -> dict[str, Any]:
    """A kept line as the form begins with it."""
    reader = f"kind:{line.reader_domain}" if line.reader_domain else EVERYBODY
    if line.reader_organisation_id is not None:
        reader = f"one:{line.reader_organisation_id}"
    return {
        "reader": reader,
        "categories": sorted(from_mask(line.categories)),
        "purposes": list(line.purposes),
        "roles": list(line.roles),
        "relations": list(line.relations),
    }


def drafted(data: QueryDict, prefix: str) -> list[dict[str, Any]]:
    """What was typed so far, unjudged, with one more empty line: for the button that adds a line without any script."""
    count = data.get(f"{prefix}-TOTAL_FORMS", "0")
    number = min(int(count), 29) if count.isdigit() else 0
    lists = ("categories", "purposes", "roles", "relations")
    lines = [
        {
            "reader": data.get(f"{prefix}-{i}-reader", ""),
            **{name: data.getlist(f"{prefix}-{i}-{name}") for name in lists},
        }
        for i in range(number)
        if f"{prefix}-{i}-DELETE" not in data
    ]
    return [*lines, {"purposes": list(PURPOSES)}]
