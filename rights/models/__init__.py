"""What is remembered of the rights of the person: requests with what was said, legal holds, and complete copies."""

from rights.models.exports import Export, ExportFile
from rights.models.holds import Hold
from rights.models.requests import Message, Request

__all__ = ["Export", "ExportFile", "Hold", "Message", "Request"]
