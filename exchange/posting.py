"""How a mail server's answer decides what waits: one message, or all mail."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPException, SMTPHeloError, SMTPServerDisconnected

from events.actions import Later


def posted(post: Callable[[], None]) -> Later | None:
    """Send mail; a mail server that is not there, or lets nobody in, keeps all mail waiting, one that refuses an address only that."""
    try:
        post()
    except (SMTPServerDisconnected, SMTPConnectError, SMTPHeloError, SMTPAuthenticationError) as error:
        return Later(type(error).__name__, whole=True)
    except SMTPException:
        raise
    except OSError as error:
        return Later(type(error).__name__, whole=True)
    return None
