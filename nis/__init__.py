"""Wiring of the network information system: settings, addresses, middleware and workers; no rules."""

from nis.celery import app as celery_app

__all__ = ["celery_app"]
