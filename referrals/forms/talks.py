"""What a person may choose around an exploratory talk: whom to ask, and who comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from people.forms import AmongOthers
from people.models import Membership, Organisation
from referrals.moves.talks import Explorer


class InviteForm(AmongOthers):
    """Which participant is asked, for which domain."""

    who = forms.ChoiceField(
        label=_("Wie vraagt u erbij?"), widget=forms.Select(attrs={"class": "input"}),
        error_messages={"required": _("Kies een organisatie."), "invalid_choice": _("Deze organisatie kan niet (meer) worden gevraagd.")},
    )  # fmt: skip

    def __init__(self, *args: Any, able: Iterable[tuple[Explorer, list[Organisation]]], **options: Any) -> None:
        super().__init__(*args, **options)
        groups = [
            (str(domain.label), [(f"{domain}:{one.pk}", one.name) for one in found]) for domain, found in able if found
        ]
        self.fields["who"].choices = [("", gettext("Kies een organisatie")), *groups]  # type: ignore[attr-defined]

    def chosen(self) -> tuple[str, int]:
        """The domain and the number of the participant; to be asked of a form that was found right."""
        domain, _colon, number = self.cleaned_data["who"].partition(":")
        return domain, int(number)


class JoinForm(AmongOthers):
    """Who of the own organisation comes."""

    user = forms.TypedChoiceField(
        label=_("Wie komt er?"), coerce=int, empty_value=None, required=False, widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": _("Kies een collega die met verwijzingen werkt.")},
    )  # fmt: skip

    def __init__(self, *args: Any, colleagues: Iterable[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        others = [(one.user_id, f"{one.user} ({one.get_role_display()})") for one in colleagues]
        self.fields["user"].choices = [("", gettext("ikzelf")), *others]  # type: ignore[attr-defined]
