"""Connecting the source systems of an organisation, changing how they are reached, and trying whether they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dossier.actions.connection import bare_config, config_of, deadline_of
from dossier.actions.keeping import count
from dossier.models import Source
from dossier.sources import shared
from dossier.sources.address import fault_of_address
from dossier.sources.probe import probe
from dossier.sources.results import FetchResult, Outcome
from dossier.sources.secret_files import SecretMissing, path_of, read_secret
from events.actions import record
from events.actor import Actor, act
from events.errors import Refused
from people.models import Domain, Organisation
from trust.access import has_permission

EDITABLE = frozenset(field.name for field in Source._meta.concrete_fields) - {"id", "organisation"}
"""What a functional manager states of a source."""

_ADDRESS = {
    "malformed": _("Dit is geen adres waar een bron kan staan, zoals https://fhir.voorbeeld.nl/r4."),
    "plain": _("Het adres moet met https:// beginnen: er gaan gegevens van inwoners over de lijn."),
    "host": _("Naar dit adres mag het netwerk niet vragen. De beheerder van de regio kan het toestaan."),
}


def _need_manager(by: Actor, organisation: Organisation) -> None:
    if not has_permission(by, organisation, "manage_sources"):
        raise PermissionDenied(_("U beheert de bronnen van deze organisatie niet."))


def _state(source: Source, values: Mapping[str, Any]) -> list[str]:
    """Put new values in a source; returns the names of what changed. Raises ``Refused`` at the field of what cannot be."""
    changed = [name for name in sorted(EDITABLE & set(values)) if getattr(source, name) != values[name]]
    for name in changed:
        setattr(source, name, values[name])
    for name in ("base_url", "token_url"):
        fault = fault_of_address(getattr(source, name)) if getattr(source, name) else ""
        if fault:
            raise Refused(_ADDRESS[fault], field=name)
    for name in ("certificate", "certificate_key", "authority", "client_secret", "client_key"):
        try:
            path_of(source.organisation_id, getattr(source, name))
        except SecretMissing:
            raise Refused(_("Dit bestand staat niet bij de geheimen van uw organisatie."), field=name) from None
    try:
        read_secret(source.organisation_id, source.client_secret)
    except SecretMissing:
        words = _("Dit bestand is een sleutel of een certificaat. Kies een bestand met een geheim in gewone tekst.")
        raise Refused(words, field="client_secret") from None
    same = Source.objects.filter(organisation_id=source.organisation_id, name=source.name).exclude(pk=source.pk)
    if same.exists():
        raise Refused(_("Uw organisatie heeft al een bron met deze naam."), field="name")
    try:
        source.full_clean()
    except ValidationError as error:
        field, said = next(iter(error.message_dict.items()))
        raise Refused(said[0], field="" if field == "__all__" else field) from None
    return changed


@transaction.atomic
def connect_source(*, organisation: Organisation, values: Mapping[str, Any], by: Actor) -> Source:
    """Connect a source system of an organisation. By who holds ``people.manage_sources`` on it; values as of :data:`EDITABLE`."""
    _need_manager(by, organisation)
    source = Source(organisation=organisation)
    _state(source, values)
    source.save()
    record("source.connected", subject=source, by=by)
    return source


@transaction.atomic
def change_source(*, source: Source, values: Mapping[str, Any], by: Actor) -> Source:
    """State anew how a source is reached, or that it is no longer asked. The log keeps which fields changed, not to what.

    Breaker, pause and turn begin anew.
    """
    source = Source.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=source.pk)
    _need_manager(by, source.organisation)
    changed = _state(source, values)
    if changed:
        source.save(update_fields=changed)
        record("source.changed", subject=source, data={"fields": changed}, by=by)
        transaction.on_commit(lambda: shared.forget(source.pk))
    return source


def try_source(*, source: Source, by: Actor) -> FetchResult:
    """Ask a source what it is, without any patient, and say how it answered; outside any transaction, within its deadline.

    By who manages the sources of its organisation, or those of the region.
    """
    with act(by) as actor:
        own = Organisation.objects.filter(pk=actor.works_for, domain=Domain.REGION).first()
        _need_manager(actor, own or source.organisation)
    try:
        result = probe(config_of(source), deadline_of(source), by.request_id)
    except SecretMissing:
        result = FetchResult(bare_config(source), Outcome.FAULT, "secret-missing")
    with act(by) as actor:
        count({source: result}, test=True)
        record(
            "source.tested",
            subject=source,
            data={"outcome": result.outcome.value, "reason": result.reason},
            by=actor,
        )
    return result
