"""A connected source as the line to it needs to know it: addresses, files of certificates, the client's secret."""

from __future__ import annotations

from typing import Literal

from django.conf import settings

from dossier.models import Source
from dossier.sources.results import OAuth, SourceConfig
from dossier.sources.secret_files import path_of, read, read_secret
from trust.categories import from_mask

_VERSIONS: dict[str, Literal["R4", "STU3"]] = {"R4": "R4", "STU3": "STU3"}


def config_of(source: Source) -> SourceConfig:
    """What the adapter needs to reach this source. Raises ``SecretMissing`` where a file that it names is not there."""
    holder, oauth = source.organisation_id, None
    shows = source.authorisation == Source.Authorisation.MTLS
    if source.authorisation == Source.Authorisation.OAUTH:
        method = Source.ClientMethod(source.client_method)
        by_key, by_secret = method is Source.ClientMethod.KEY, method in {method.BASIC, method.POST}
        shows = bool(source.certificate)
        oauth = OAuth(
            token_url=source.token_url,
            client_id=source.client_id,
            method=method.value,
            secret=read_secret(holder, source.client_secret) if by_secret else "",
            private_key=read(holder, source.client_key) if by_key else "",
            key_id=source.key_id,
            scope=source.scope,
            tell_user=source.tell_user,
        )
    return SourceConfig(
        base_url=source.base_url,
        fhir_version=_VERSIONS[source.fhir_version],
        organisation=source.organisation.name,
        categories=frozenset(int(c) for c in from_mask(source.categories)),
        ca_bundle=path_of(holder, source.authority),
        client_certificate=path_of(holder, source.certificate) if shows else "",
        client_key=path_of(holder, source.certificate_key) if shows else "",
        oauth=oauth,
        page_size=source.page_size,
        page_limit=source.page_limit,
        batch=source.batch,
        number=source.pk,
        rate_limit=source.rate_limit,
        breaker_failures=source.breaker_failures,
        breaker_seconds=source.breaker_seconds,
    )


def bare_config(source: Source) -> SourceConfig:
    """Enough of a source to say of it why it could not be asked."""
    return SourceConfig(source.base_url, _VERSIONS[source.fhir_version], source.organisation.name)


def deadline_of(source: Source) -> float:
    """The seconds that a source may take when it is asked alone."""
    return float(settings.SOURCE_DEADLINE if source.deadline is None else source.deadline)
