"""Whether a file is plain text: UTF-8 from begin to end, without signs that steer a machine."""

from __future__ import annotations

import codecs
import re

from dossier.documents.spool import Spool

STEP = 1024 * 1024
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control signs but tab, line ends and form feed; and those that turn the direction of reading, which hide what is said."""


def is_text(file: Spool) -> bool:
    """Whether the whole file reads as text."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while step := file.read(STEP):
            if CONTROL.search(decoder.decode(step)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
