"""What belongs in a complete copy of the own data: every model with a path to the person, by field, as the models declare it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient, User
from trust.categories import from_mask

LEFT_OUT = {
    "events.WorkItem": _("werklijsten van organisaties: waar het over gaat, staat al bij verwijzingen en overleg"),
    "trust.Grant": _("wordt berekend uit uw keuzes en uit wie u helpt, en die staan er wel in"),
    "rights.Hold": _("bewaarplichten door een zaak: dat kan over een onderzoek gaan"),
    "rights.ExportFile": _("deze kopie zelf"),
    "exchange.ChainMessage": _("berichten tussen gemeente en aanbieder: wat erin stond, staat bij de toegewezen hulp"),
    "exchange.AnswerLink": _(
        "links waarmee een organisatie zonder eigen systeem antwoordde: het antwoord zelf staat bij de verwijzing"
    ),
    "exchange.Announcement": _(
        "aankondigingen uit het systeem van een verwijzer: wat is aangenomen, staat bij de verwijzing"
    ),
    "exchange.PartnerTask": _(
        "onder welk nummer een systeem van een deelnemer een verwijzing kent: de verwijzing zelf zit erbij"
    ),
    "exchange.RelationNumber": _("nummers waaronder een gemeente contactpersonen kent: die personen zelf zitten erbij"),
    "workplace.Print": _("afdrukken van uw gegevens, die een dag bewaard worden; wie afdrukte staat in het logboek"),
    "workplace.PrintFile": _("de afdrukken zelf: wat erin staat, staat ook in het dossier"),
    "dossier.CopyText": _(
        "woorden die op weg zijn naar het eigen systeem van wie ze schreef: de teksten zelf zitten erbij"
    ),
    "dossier.DocumentPart": _("de stukken waarin documenten versleuteld staan: de documenten zelf zitten erbij"),
    "referrals.Draft": _(
        "verwijzingen die iemand begon en niet verstuurde: alleen de schrijver ziet ze, en na dertig dagen zijn ze weg"
    ),
    "referrals.BatchPatient": _(
        "dat u met anderen tegelijk verwezen bent, een maand lang: de verwijzing zelf zit erbij"
    ),
    "oversight.Signal": _("signalen van wie toezicht houdt, zolang die worden onderzocht"),
    "oversight.Watch": _("waar wie toezicht houdt extra op let"),
}
"""Models with a path to a person that are not in the copy, with the reason as the copy says it."""

NEVER = frozenset({"token", "person", "code_digest", "code_until", "request_id", "grounds", "source_digest", "key_id"})
"""Fields that are keys and secrets, and say nothing about the person."""

FIELDS_LEFT_OUT: dict[str, frozenset[str]] = {
    "events.Event": frozenset({"place", "data"}),
    "trust.Mandate": frozenset({"document"}),
    "trust.Emergency": frozenset({"review_note"}),
    "dossier.Copy": frozenset(
        {"key", "replaces", "reason", "author_role_code", "source_version", "uncertain", "attempts", "asked_at"}
    ),
    "dossier.Fact": frozenset({"line", "resource", "original"}),
}
"""Where somebody else sat while looking, the number of somebody's document, what was noted about a professional, and what
stands in the file of originals."""

MASKS = frozenset(
    {
        "categories", "own_categories", "consented", "withheld", "asked_categories", "failed_categories", "permitted", "refused",
        "left_out", "kinds",
    }
)  # fmt: skip
"""Fields that hold a set of categories as one number."""


def has_declaration(model: type[models.Model]) -> bool:
    """Whether a model is the product's own: it says which of its fields are personal."""
    return hasattr(model, "PERSONAL")


def path_of(model: type[models.Model]) -> str:
    """The lookup that leads from a model to the number of the person it is about; empty where none does."""
    if model is Patient:
        return "pk"
    names = {field.attname for field in model._meta.concrete_fields}
    if "patient_id" in names:
        return "patient_id"
    for field in model._meta.concrete_fields:
        above = field.remote_field.model if field.remote_field else None
        if above is not None and above is not model and has_declaration(above) and above is not User:
            lookup = path_of(above)
            if lookup and lookup != "pk":
                return f"{field.name}__{lookup}"
    return ""


def about_persons() -> list[type[models.Model]]:
    """Every model of the product with a path to a person, in the order of the apps."""
    return [model for model in apps.get_models() if has_declaration(model) and path_of(model)]


def in_copy() -> list[type[models.Model]]:
    """The models of which a complete copy holds every row about the person."""
    return [model for model in about_persons() if model._meta.label not in LEFT_OUT]


def fields_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The fields of a model that go in the copy: all but keys, secrets, what follows from others, and the pointer at the person."""
    left = NEVER | FIELDS_LEFT_OUT.get(model._meta.label, frozenset())
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in left
        and not field.generated
        and field.name not in {"patient", "patient_id"}
        and not isinstance(field, models.BinaryField)
        and (not field.primary_key or (model._meta.label == "people.PatientIdentity" and field.name != "patient"))
    ]


class Reader:
    """Reads rows as the person may read them, with names in the place of numbers; the record must be open in the transaction."""

    def __init__(self, patient: Patient, user_id: int | None) -> None:
        self.patient, self.user_id = patient, user_id
        self.places: dict[int, str] = {}
        self.people: dict[int, str] = {}
        self.things: dict[tuple[type[models.Model], Any], str] = {}

    def rows(self, model: type[models.Model]) -> list[dict[str, Any]]:
        """Every row of a model about the person, oldest first, by field."""
        found = model._default_manager.filter(**{path_of(model): self.patient.pk}).order_by("pk")
        fields = fields_of(model)
        return [{field.name: self.value(row, field) for field in fields} for row in found]

    def value(self, row: models.Model, field: models.Field[Any, Any]) -> Any:
        """What one field says: a name for a participant or an account, words for a set of categories, else what is kept."""
        kept = getattr(row, field.attname)
        if kept is None:
            return None
        target = field.remote_field.model if field.remote_field else None
        if target is Organisation or field.name == "organisation_id":
            return self.place(kept)
        if target is User or field.name == "user_id":
            return self.person(kept)
        if target is not None and has_declaration(target) and not path_of(target):
            return self.named(target, kept)
        if field.name in MASKS:
            return [category.name.lower() for category in sorted(from_mask(kept))]
        if field.name == "bsn":
            return f"•••••{kept[-4:]}"
        return plain(kept)

    def place(self, number: int) -> str:
        """The name of a participant."""
        if number not in self.places:
            self.places[number] = Organisation.objects.values_list("name", flat=True).filter(pk=number).first() or ""
        return self.places[number]

    def named(self, model: type[models.Model], number: Any) -> str:
        """What a thing of the network is called: a service, a journey, a source system."""
        if (model, number) not in self.things:
            self.things[model, number] = str(model._default_manager.filter(pk=number).first() or number)
        return self.things[model, number]

    def person(self, number: int) -> str:
        """The name of a professional; a citizen's account has none and is told apart from others only."""
        if number not in self.people:
            name = User.objects.values_list("name", flat=True).filter(pk=number).first() or ""
            self.people[number] = name or ("person" if number == self.patient.account_id else "other_person")
        return self.people[number]


def plain(value: Any) -> Any:
    """A value as JSON has it: moments in ISO 8601, a period by its ends."""
    if isinstance(value, DateTimeTZRange):
        return {"from": plain(value.lower), "until": plain(value.upper)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict | str | int | float | bool) or value is None:
        return value
    return str(value)


def by_app(chosen: list[type[models.Model]]) -> Iterator[tuple[str, list[type[models.Model]]]]:
    """The models by app, in order; each is read in one transaction."""
    labels = dict.fromkeys(model._meta.app_label for model in chosen)
    for label in labels:
        yield label, [model for model in chosen if model._meta.app_label == label]
