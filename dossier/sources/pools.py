"""The threads in which sources are waited for: few, shared by all requests of one process, whatever the sources do.

There are two sorts, so that who waits for an answer never takes the place of who fetches it: askers follow one source
each, callers make one call at a time.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings

_lock = threading.Lock()


def askers() -> ThreadPoolExecutor:
    """Those that each follow one source to the end of its deadline."""
    with _lock:
        return _pool(os.getpid(), "asker", max(4, settings.SOURCE_THREADS))


def callers() -> ThreadPoolExecutor:
    """Those that each make one call at a time."""
    with _lock:
        return _pool(os.getpid(), "caller", max(8, settings.SOURCE_THREADS))


@cache
def _pool(_process: int, name: str, size: int) -> ThreadPoolExecutor:
    """Made when first asked for; a process that was forked has threads of its own."""
    return ThreadPoolExecutor(max_workers=size, thread_name_prefix=f"source-{name}")
