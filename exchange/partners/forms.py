"""What who manages the connections types about the software of the own organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dossier.sources.secret_files import names
from exchange.partners.models import Scope, Way
from people.forms import AmongOthers
from people.models import Organisation
from referrals.access import outcomes_of
from referrals.moves import RejectionReason
from square.models import HealthcareService


class ConnectionForm(forms.Form):
    """What the system may do, and where it hears of referrals."""

    active = forms.BooleanField(label=_("Het systeem mag nu aanmelden en hoort van verwijzingen"), required=False)
    scopes = forms.MultipleChoiceField(
        label=_("Wat het systeem mag"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, required=False
    )
    way = forms.ChoiceField(
        label=_("Hoe uw systeem van verwijzingen hoort"), choices=Way.choices, initial=Way.TELL,
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    endpoint = forms.URLField(
        label=_("FHIR-adres van uw systeem"),
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text=_("Daar komen verwijzingen aan, zonder naam en BSN. Leeg: uw systeem vraagt zelf."),
    )
    token_url = forms.URLField(
        label=_("Tokenadres van uw systeem"), max_length=200, required=False, assume_scheme="https"
    )
    own_client_id = forms.CharField(label=_("Client-id van het netwerk bij u"), max_length=200, required=False)
    secret = forms.ChoiceField(label=_("Sleutelbestand van het netwerk"), required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].choices = [("", _("geen")), *((one, one) for one in names(organisation.pk))]  # type: ignore[attr-defined]

    def clean_way(self) -> str:
        """The usual way where none was chosen."""
        return self.cleaned_data["way"] or Way.TELL


class KeyForm(forms.Form):
    """A public key of the system."""

    kid = forms.RegexField(
        r"^[A-Za-z0-9._-]{1,80}$",
        label=_("Naam van de sleutel (kid)"),
        error_messages={"invalid": _("Gebruik letters, cijfers, punt, streepje of liggend streepje.")},
    )
    text = forms.CharField(
        label=_("Openbare sleutel (JWK)"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})
    )  # fmt: skip


class MailboxForm(forms.Form):
    """A mailbox of secure mail, and when the organisation itself said that it has it."""

    organisation = forms.ModelChoiceField(
        label=_("Organisatie"), queryset=Organisation.objects.none(), empty_label=_("Kies een organisatie"),
        help_text=_("Alleen organisaties die met een link antwoorden, krijgen de brief per e-mail."),
    )  # fmt: skip
    address = forms.EmailField(label=_("E-mailadres van de beveiligde mailbox"))
    confirmed_on = forms.DateField(
        label=_("Nagevraagd op"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("De dag waarop de organisatie dit zelf bevestigde, op een nummer dat u al kende."),
    )

    def __init__(self, *args: Any, places: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = places  # type: ignore[attr-defined]


class _WordsForm(AmongOthers):
    note = forms.CharField(
        label=_("Toelichting"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("De verwijzer en de inwoner lezen dit. Zonder naam."),
    )  # fmt: skip


class LinkRejectForm(_WordsForm):
    """Why it is not possible."""

    reason = forms.ChoiceField(
        label=_("Waarom kan het niet?"), choices=RejectionReason, widget=forms.RadioSelect,
        error_messages={"required": _("Kies een reden; de verwijzer en de inwoner lezen die.")},
    )  # fmt: skip
    field_order = ["reason", "note"]


class LinkAskForm(_WordsForm):
    """What must be known first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required, self.fields["note"].label = True, _("Uw vraag")


class LinkCompleteForm(_WordsForm):
    """How it ended."""

    outcome = forms.ChoiceField(
        label=_("Hoe is het afgelopen?"), widget=forms.RadioSelect,
        error_messages={"required": _("Kies hoe het is afgelopen.")},
    )  # fmt: skip
    field_order = ["outcome", "note"]

    def __init__(self, *args: Any, service: HealthcareService, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [(one.value, one.label) for one in outcomes_of(service, held=False)]
        self.fields["outcome"].choices = able  # type: ignore[attr-defined]


class CodeForm(forms.Form):
    """The code that the sender told by telephone."""

    code = forms.RegexField(
        r"^ *\d{3} ?\d{3} *$", label=_("Code van zes cijfers"), error_messages={"invalid": _("Typ de zes cijfers.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip

    def clean_code(self) -> str:
        """Only the digits."""
        return str(self.cleaned_data["code"]).replace(" ", "")
