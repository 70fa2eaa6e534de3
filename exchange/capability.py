"""What the open interface says of itself: the CapabilityStatement."""

from __future__ import annotations

from django.conf import settings

from exchange import fhir

SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"

_MORE = {"Task": ("update",), "Communication": ("create",), "Appointment": ("create", "update")}
"""What systems of participants do besides reading."""


def capability_statement() -> fhir.Resource:
    """What this interface can do (R4 CapabilityStatement)."""
    resources = [
        {
            "type": kind,
            "documentation": fhir.SPOKEN[kind],
            "interaction": [
                {"code": "read"},
                {"code": "search-type"},
                *({"code": code} for code in _MORE.get(kind, ())),
            ],
            "versioning": "versioned-update" if "update" in _MORE.get(kind, ()) else "no-version",
            "searchParam": [{"name": name, "type": form} for name, form in searches],
        }
        for kind, searches in fhir.SEARCHES.items()
    ]
    words = (
        "Mensen melden zich aan via de webpagina (sessie), systemen van deelnemers met private_key_jwt en DPoP: "
        f"{fhir.BASE}/.well-known/smart-configuration. Elke opening van een dossier wordt vastgelegd (NEN 7513)."
    )
    safe = {
        "cors": False,
        "service": [{"coding": [{"system": SECURITY, "code": "OAuth"}]}],
        "description": words,
    }
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{fhir.BASE}/metadata",
        "name": "NIS",
        "status": "active",
        "date": "2026-11-23",
        "kind": "instance",
        "implementation": {"description": settings.REGION_NAME, "url": fhir.BASE},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {"mode": "server", "security": safe, "resource": resources, "interaction": [{"code": "transaction"}]},
        ],
    }
