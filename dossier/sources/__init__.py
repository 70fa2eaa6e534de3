"""Adapters to the source systems of other organisations: fetch over FHIR, translate to R4, present in Dutch."""
