"""What the desk chooses for a referral that another system announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals.moves import RejectionReason
from square.models import HealthcareService


class TakeForm(forms.Form):
    """For which service it is taken on."""

    service = forms.ModelChoiceField(
        HealthcareService.objects.none(), label=_("Aanbod"), empty_label=_("Kies aanbod"),
        error_messages={"required": _("Kies voor welk aanbod u deze inwoner aanneemt.")},
    )  # fmt: skip

    def __init__(self, *args: Any, services: Sequence[HealthcareService], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = HealthcareService.objects.filter(pk__in=[one.pk for one in services])
        self.fields["service"].queryset = own.order_by("name", "pk")  # type: ignore[attr-defined]


class RefuseForm(forms.Form):
    """Why it is not possible."""

    reason = forms.ChoiceField(
        label=_("Waarom kan het niet?"), choices=RejectionReason, widget=forms.RadioSelect,
        error_messages={"required": _("Kies een reden; de verwijzer en de inwoner lezen die.")},
    )  # fmt: skip
    note = forms.CharField(
        label=_("Toelichting"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("De verwijzer en de inwoner lezen dit. Zonder naam."),
    )  # fmt: skip
