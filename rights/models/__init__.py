"""What is remembered of the rights of the person: requests with what was said, legal holds, and complete copies."""

from rights.models.exports import Export, ExportFile
from rights.models.holds import Hold, HoldQuerySet
from rights.models.requests import Message, Request, RequestQuerySet

__all__ = ["Export", "ExportFile", "Hold", "HoldQuerySet", "Message", "Request", "RequestQuerySet"]
