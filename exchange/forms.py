"""What a person may choose about notifications, and what a functional manager states about a source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dossier.access.sources import secrets_of
from dossier.models import Source
from exchange.moves import Kind, Rhythm, Skipped, Topic
from people.models import Organisation
from trust.categories import Category, from_mask, to_mask


class RhythmForm(forms.Form):
    """One rhythm for each kind of news that this person can hear of."""

    def __init__(self, *args: Any, kinds: Iterable[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Rhythm.choices, widget=forms.RadioSelect
            )


def _number(label: Any, help_text: Any, low: float, high: float, *, required: bool = True, whole: bool = True) -> Any:
    """A number between two bounds, which the message names."""
    said = _("Vul een getal in van %(low)s tot en met %(high)s.") % {
        "low": f"{low:g}".replace(".", ","),
        "high": f"{high:g}",
    }
    kind: Any = forms.IntegerField if whole else forms.FloatField
    return kind(
        label=label,
        help_text=help_text,
        min_value=low,
        max_value=high,
        required=required,
        localize=not whole,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), said),
    )


class SubscriptionForm(forms.Form):
    """Where a system of the own organisation listens, and with which secret the network proves itself there."""

    endpoint = forms.URLField(
        label=_("Adres waar uw systeem luistert"),
        max_length=200,
        assume_scheme="https",
        error_messages={"invalid": _("Vul een heel adres in, zoals https://ecd.voorbeeld.nl/meldingen.")},
    )
    secret = forms.ChoiceField(
        label=_("Geheim"),
        required=False,
        help_text=_("Gaat mee als Bearer, zodat uw systeem weet dat het netwerk het is."),
    )
    topics = forms.MultipleChoiceField(
        label=_("Waarover uw systeem hoort"),
        choices=Topic.choices,
        initial=[Topic.NETWORK],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies waarover uw systeem hoort.")},
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = secrets_of(organisation)
        cast(forms.ChoiceField, self.fields["secret"]).choices = [("", _("geen")), *((one, one) for one in there)]
        self.fields["endpoint"].error_messages["required"] = _("Dit mag niet leeg blijven.")


class SkipForm(forms.Form):
    """Why a message that a destination does not take is given up."""

    reason = forms.ChoiceField(
        label=_("Waarom overslaan"),
        choices=[("", _("Kies een reden")), *Skipped.choices],
        error_messages={"required": _("Kies een reden.")},
    )


class SourceForm(forms.Form):
    """How a source system is reached and how far it is asked; secrets by the name of a file, never by what is in it."""

    name = forms.CharField(label=_("Naam"), max_length=80, help_text=_("Zo staat de bron bij elk gegeven."))
    kind = forms.ChoiceField(label=_("Soort systeem"), choices=Source.Kind.choices)
    base_url = forms.URLField(
        label=_("Adres van de FHIR-dienst"),
        max_length=200,
        assume_scheme="https",
        help_text=_("Het basisadres, zonder /metadata of /Patient erachter."),
        error_messages={"invalid": _("Vul een heel adres in, zoals https://fhir.voorbeeld.nl/r4.")},
    )
    fhir_version = forms.ChoiceField(label=_("Versie van FHIR"), choices=Source.FhirVersion.choices)
    categories = forms.TypedMultipleChoiceField(
        label=_("Welke gegevens de bron heeft"),
        help_text=_("Alleen hiernaar wordt gevraagd. Wie wat ziet, bepalen de inwoner, uw beleid en de rol."),
        coerce=int,
        choices=[(c.value, c.label) for c in Category if c not in {Category.REFERRAL, Category.CONSULTATION}],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kies ten minste één soort gegevens.")},
    )
    active = forms.BooleanField(
        label=_("De bron wordt gevraagd"),
        required=False,
        help_text=_("Uit: niemand vraagt iets aan deze bron, en pagina's zeggen dat zij niet is aangesloten."),
    )

    authorisation = forms.ChoiceField(
        label=_("Hoe de bron weet dat het netwerk vraagt"),
        choices=Source.Authorisation.choices,
        widget=forms.RadioSelect,
    )
    certificate = forms.ChoiceField(label=_("Certificaat van het netwerk"), required=False)
    certificate_key = forms.ChoiceField(
        label=_("Sleutel bij het certificaat"), required=False, help_text=_("Leeg als die in hetzelfde bestand staat.")
    )
    authority = forms.ChoiceField(
        label=_("Wie instaat voor het certificaat van de bron"),
        required=False,
        help_text=_("Leeg: de gewone uitgevers van certificaten."),
    )
    token_url = forms.URLField(
        label=_("Adres voor tokens"), max_length=200, required=False, assume_scheme="https",
        error_messages={"invalid": _("Vul een heel adres in, zoals https://fhir.voorbeeld.nl/oauth/token.")},
    )  # fmt: skip
    client_id = forms.CharField(label=_("Naam van het netwerk bij de bron (client_id)"), max_length=200, required=False)
    client_method = forms.ChoiceField(
        label=_("Bewijs van het netwerk"), choices=Source.ClientMethod.choices, required=False
    )
    client_key = forms.ChoiceField(label=_("Sleutel om mee te ondertekenen"), required=False)
    key_id = forms.CharField(
        label=_("Kenmerk van die sleutel (kid)"), max_length=120, required=False,
        help_text=_("Als de bron meer sleutels van het netwerk kent."),
    )  # fmt: skip
    client_secret = forms.ChoiceField(label=_("Geheim"), required=False)
    scope = forms.CharField(
        label=_("Gevraagde rechten (scope)"), max_length=300, required=False, help_text=_("Zoals system/*.read.")
    )
    tell_user = forms.BooleanField(
        label=_("Zeg bij het token voor wie het is"),
        required=False,
        help_text=_(
            "UZI-nummer, rol, organisatie en doel gaan mee (IHE IUA). Elke gebruiker krijgt dan een eigen token."
        ),
    )

    deadline = _number(
        _("Langste wachttijd in seconden"), _("Leeg: die van het netwerk."), 0.5, 10, required=False, whole=False
    )
    fresh_minutes = _number(
        _("Een antwoord telt zo veel minuten"), _("Leeg: zo lang als in het hele netwerk."), 0, 1440, required=False
    )
    nothing_hours = _number(
        _("Na “niets gevonden” zo veel uur niet opnieuw vragen"), _("Wie wil, kan altijd toch vragen."), 0, 720
    )
    page_size = _number(_("Gegevens per bladzijde"), _("Hoeveel de bron in één keer mag geven."), 1, 1000)
    page_limit = _number(_("Meeste bladzijden per vraag"), _("Daarna staat er dat er meer is."), 1, 100)
    batch = forms.BooleanField(
        label=_("Stel veel vragen in één keer"),
        required=False,
        help_text=_("FHIR batch: sneller, als de bron het kan. “Nu proberen” zegt of zij het kan."),
    )
    rate_limit = _number(
        _("Meeste vragen per seconde"), _("Van alle gebruikers van het netwerk samen. 0: geen grens."), 0, 1000
    )
    breaker_failures = _number(
        _("Met rust laten na zo veel storingen achter elkaar"), _("0: de bron wordt altijd gevraagd."), 0, 100
    )
    breaker_seconds = _number(
        _("Zo veel seconden met rust laten"), _("Daarna probeert één vraag of de bron weer antwoordt."), 5, 3600
    )

    FIRST = ("name", "kind", "base_url", "fhir_version", "categories", "active", "authorisation")
    FOLDS = (
        (_("Certificaten"), ("certificate", "certificate_key", "authority")),
        (
            _("OAuth 2"),
            ("token_url", "client_id", "client_method", "client_key", "key_id", "client_secret", "scope", "tell_user"),
        ),
        (
            _("Grenzen"),
            (
                "deadline", "fresh_minutes", "nothing_hours", "page_size", "page_limit", "batch", "rate_limit", "breaker_failures",
                "breaker_seconds",
            ),
        ),
    )  # fmt: skip
    SECRETS = ("certificate", "certificate_key", "authority", "client_key", "client_secret")

    def __init__(self, *args: Any, organisation: Organisation, source: Source | None = None, **kwargs: Any) -> None:
        begun = source or Source(organisation=organisation, categories=0)
        initial = {name: getattr(begun, name) for name in self.base_fields}
        initial["categories"] = [int(c) for c in from_mask(begun.categories)]
        super().__init__(*args, initial=initial, **kwargs)
        there = secrets_of(organisation)
        for name in self.SECRETS:
            kept = getattr(begun, name)
            names = [*there, *([kept] if kept and kept not in there else [])]
            cast(forms.ChoiceField, self.fields[name]).choices = [("", _("geen")), *((one, one) for one in names)]
        for name in ("name", "base_url"):
            self.fields[name].error_messages["required"] = _("Dit mag niet leeg blijven.")

    def first(self) -> list[forms.BoundField]:
        """What every source needs."""
        return [self[name] for name in self.FIRST]

    def folds(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """What some sources need, folded away unless something was filled in or is wrong there."""
        made = []
        for title, names in self.FOLDS:
            fields = [self[name] for name in names]
            filled = names[0] in ("certificate", "token_url") and any(
                self[name].value() for name in names if name != "client_method"
            )
            made.append((str(title), fields, filled or any(field.errors for field in fields)))
        return made

    def clean(self) -> dict[str, Any]:
        """What the chosen way in needs is there."""
        said = super().clean() or {}
        way = said.get("authorisation")
        needed: dict[str, Any] = {}
        if way == Source.Authorisation.MTLS:
            needed["certificate"] = _("Kies het certificaat waarmee het netwerk zich toont.")
        if way == Source.Authorisation.OAUTH:
            method = said["client_method"] = said.get("client_method") or Source.ClientMethod.KEY
            needed["token_url"] = _("Vul in waar het netwerk een token vraagt.")
            needed["client_id"] = _("Vul in onder welke naam de bron het netwerk kent.")
            proof = {
                Source.ClientMethod.KEY: ("client_key", _("Kies de sleutel waarmee het netwerk ondertekent.")),
                Source.ClientMethod.TLS: ("certificate", _("Kies het certificaat waarmee het netwerk zich toont.")),
            }.get(method, ("client_secret", _("Kies het bestand met het geheim.")))
            needed[proof[0]] = proof[1]
        for name, words in needed.items():
            if not said.get(name) and name not in self.errors:
                self.add_error(name, words)
        return said

    @property
    def values(self) -> dict[str, Any]:
        """What was stated, as the fields of a source."""
        said = dict(self.cleaned_data)
        said["client_method"] = said["client_method"] or Source.ClientMethod.KEY.value
        return said | {"categories": to_mask(Category(number) for number in said["categories"])}
