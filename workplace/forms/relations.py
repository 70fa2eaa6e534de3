"""What is decided about a number of care relations at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ENDINGS = [
    ("ended", _("de zorg of ondersteuning is afgerond")),
    ("moved", _("overgestapt of verhuisd")),
    ("deceased", _("de inwoner is overleden")),
    ("double", _("dubbel vastgelegd")),
    ("mistake", _("ten onrechte vastgelegd")),
]


class TendForm(forms.Form):
    """Confirm the chosen relations, or end them with a reason."""

    do = forms.ChoiceField(choices=[("confirm", ""), ("end", "")], widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        choices=[("", _("kies waarom")), *ENDINGS], required=False, label=_("Waarom eindigt de relatie?")
    )
    relations = forms.TypedMultipleChoiceField(
        label=_("Relaties"), error_messages={"required": _("Vink eerst aan om welke inwoners het gaat.")}
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        given = data.getlist("relations") if data is not None else []
        self.fields["relations"].choices = [(number, number) for number in given if number.isdecimal()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ending asks for a reason."""
        typed = super().clean() or {}
        if typed.get("do") == "end" and not typed.get("reason"):
            self.add_error("reason", ValidationError(_("Kies waarom de relatie eindigt."), code="required"))
        return typed
