"""What who manages the connections of an organisation does for its own software: connect it, and add and stop its keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone
from django.utils.translation import gettext as _

from dossier.access.health import need_manager
from dossier.sources.address import fault_of_address
from dossier.sources.secret_files import names
from events.actions import record
from events.actor import Actor
from events.errors import Refused
from exchange.partners import identity
from exchange.partners.models import ClientKey, FhirConnection, Way
from people.models import ROLES_OF, Organisation

MOST_KEYS = 10


def need_place(actor: Actor) -> Organisation:
    """The organisation whose software the actor connects; one that gives care or support."""
    organisation = need_manager(actor)
    if organisation.domain not in ROLES_OF:
        raise PermissionDenied(_("Alleen organisaties die zorg of ondersteuning geven, nemen stappen in verwijzingen."))
    return organisation


def connection_of(actor: Actor) -> FhirConnection | None:
    """How the software of the own organisation is connected."""
    return FhirConnection.objects.filter(organisation=need_place(actor)).select_related("account").first()


def get_key(actor: Actor, pk: int) -> ClientKey | None:
    """One key of the own organisation's system; nothing for another's."""
    return ClientKey.objects.filter(connection__organisation=need_place(actor), pk=pk).first()


@transaction.atomic
def connect(
    *,
    active: bool,
    scopes: Sequence[str],
    endpoint: str,
    token_url: str,
    own_client_id: str,
    secret: str,
    way: str = Way.TELL,
    by: Actor,
) -> FhirConnection:
    """Say what the system of the own organisation may do, and where it hears of referrals.

    Raises ``Refused`` for an address where the network may not go, and a key file that is not there.
    """
    organisation = need_place(by)
    for name, address in (("endpoint", endpoint), ("token_url", token_url)):
        if address and fault_of_address(address):
            raise Refused(_("Naar dit adres mag het netwerk niet sturen. Gebruik een adres met https://."), field=name)
    if secret and secret not in names(organisation.pk):
        raise Refused(_("Dit bestand staat niet bij de geheimen van uw organisatie."), field="secret")
    if bool(token_url) != bool(secret) or bool(token_url) != bool(own_client_id):
        raise Refused(_("Geef tokenadres, client-id en sleutelbestand alle drie, of geen van drie."), field="token_url")
    with database.cursor() as cursor:
        cursor.execute("select exchange_partner_account()")
        account = cursor.fetchone()[0]
    made, _new = FhirConnection.objects.get_or_create(
        organisation=organisation, defaults={"client_id": f"nis-{uuid.uuid4().hex}", "account_id": account}
    )
    made.active, made.scopes, made.endpoint = active, sorted(scopes), endpoint.rstrip("/")
    made.token_url, made.own_client_id, made.secret, made.way = token_url, own_client_id, secret, Way(way)
    made.changed_at = timezone.now()
    made.save()
    record("partner.connected" if active else "partner.disconnected", subject=made, data={"scopes": made.scopes}, by=by)
    return made


@transaction.atomic
def add_key(*, kid: str, text: str, by: Actor) -> ClientKey:
    """Have a key count with which the system signs in, from now on; the former goes on until it is stopped."""
    here = connection_of(by)
    if here is None:
        raise Refused(_("Sluit eerst uw systeem aan."))
    try:
        key, _algorithms = identity.key_of(json.loads(text))
    except (ValueError, RecursionError, identity.NoKey):
        raise Refused(
            _("Dit is geen bruikbare openbare sleutel. Plak een JWK zonder privédeel: EC P-256 of P-384, of RSA vanaf 2048 bits."),
            field="text",
        ) from None  # fmt: skip
    if here.keys.filter(stopped_at=None).count() >= MOST_KEYS:
        raise Refused(_("Stop eerst een sleutel die niet meer nodig is."))
    try:
        with transaction.atomic():
            made = ClientKey.objects.create(
                connection=here, kid=kid, jwk=identity.plain(key), added_by_id=by.user_id or 0
            )
    except IntegrityError:
        raise Refused(_("Deze naam heeft al een sleutel, ook als die gestopt is."), field="kid") from None
    record("client.key_added", subject=here, data={"key": made.pk}, by=by)
    return made


@transaction.atomic
def stop_key(*, key: ClientKey, by: Actor) -> None:
    """Have a key count no more, and with it every token that it brought; stopping twice is harmless."""
    need_place(by)
    if key.stopped_at is None:
        key.stopped_at = timezone.now()
        key.save(update_fields=["stopped_at"])
        record("client.key_stopped", subject=key.connection, data={"key": key.pk}, by=by)
