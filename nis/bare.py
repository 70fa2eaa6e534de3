"""What the technical log says of a request that came to nothing: its number and a code, for its address tells of whom it was."""

from __future__ import annotations

import logging


class Bare(logging.Filter):
    """Takes address and words out of the lines that Django writes of refusals and faults.

    An address holds the key of a record and what of it was asked, and the words of a refusal may name who keeps it; what was
    refused to whom stands in the log of the database under the same number. Of a fault (5xx) the trace stays.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the line; none is dropped."""
        status = getattr(record, "status_code", None)
        request = getattr(record, "request", None)
        if status is not None and request is not None:
            record.msg, record.args = "%s, request %s", (status, getattr(request, "number", "-"))
            if status < 500:
                record.exc_info = record.exc_text = None
        return True
