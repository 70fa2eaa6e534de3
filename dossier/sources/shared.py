"""What all processes agree on about one source, in Redis: whose turn it is, and whether it is left alone for a while.

Nothing here is about a patient. Where Redis is empty or does not answer there is no limit and no breaker: care goes on,
within the deadline of each question.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from dossier.sources.results import FetchResult, Outcome, SourceConfig

log = logging.getLogger(__name__)
LAST = 20
LONGEST_PAUSE = 300.0
_KEPT = 7 * 24 * 3600
_QUIET = 5.0
_silence = {"until": 0.0}

# The generic cell rate algorithm: `turn` is when the source would be free if everybody kept to the rate.
_TURN = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = math.max(0, redis.call('PTTL', KEYS[2]))
local free = now
if rate > 0 then
  free = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
  wait = math.max(wait, free - now - (rate - 1) * 1000 / rate)
end
if wait > most then return -1 end
if rate > 0 then
  free = free + 1000 / rate
  redis.call('SET', KEYS[1], string.format('%.3f', free), 'PX', math.ceil(free - now) + 1000)
end
return math.ceil(wait)
"""

_ENTER = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local until_ = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
if until_ == 0 then return 'closed' end
if now < until_ or now < tonumber(redis.call('HGET', KEYS[1], 'trial') or 0) then return 'open' end
redis.call('HSET', KEYS[1], 'trial', string.format('%.3f', now + tonumber(ARGV[1])))
return 'trial'
"""

_LEAVE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
if ARGV[1] == 'well' then redis.call('DEL', KEYS[1]) return 'closed' end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('EXPIRE', KEYS[1], 86400)
local open = redis.call('HEXISTS', KEYS[1], 'until') == 1
if ARGV[2] == 'trial' or (not open and failures >= tonumber(ARGV[3])) then
  redis.call('HSETNX', KEYS[1], 'since', string.format('%.3f', now))
  redis.call('HSET', KEYS[1], 'until', string.format('%.3f', now + tonumber(ARGV[4])))
  redis.call('HDEL', KEYS[1], 'trial')
  return 'open'
end
return open and 'open' or 'closed'
"""

Passage = Literal["closed", "trial", "open"]


@dataclass(frozen=True)
class Breaker:
    """How a breaker stands: ``closed`` asks, ``open`` asks nobody, ``half_open`` lets one question through to try.

    ``failures`` in a row so far; ``since`` when it opened and ``until`` when the next trial may come.
    """

    state: Literal["closed", "open", "half_open"] = "closed"
    failures: int = 0
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LastAnswer:
    """One of the last answers of a source, without whom it was about."""

    at: datetime
    outcome: str
    reason: str
    seconds: float
    test: bool


@cache
def _redis(address: str) -> redis.Redis:
    return redis.Redis.from_url(
        address, socket_connect_timeout=0.3, socket_timeout=0.3, retry=Retry(NoBackoff(), 0), decode_responses=True
    )


def _run(script: str, keys: list[str], *values: object) -> Any:
    """What Redis says, or nothing when it does not answer; then it is left alone for some seconds."""
    return _do(lambda client: client.eval(script, len(keys), *keys, *map(str, values)))


def _do(what: Callable[[redis.Redis], Any]) -> Any:
    if time.monotonic() < _silence["until"]:
        return None
    try:
        return what(_redis(settings.CACHES["default"]["LOCATION"]))
    except redis.RedisError as error:
        _silence["until"] = time.monotonic() + _QUIET
        log.warning("no shared limits for sources: %s", type(error).__name__)
        return None


def _key(number: int, what: str) -> str:
    return f"nis:source:{number}:{what}"


def turn(source: SourceConfig, most: float) -> float | None:
    """The seconds to wait for the own turn, which is then taken; nothing when it would come after ``most`` seconds."""
    if not source.number:
        return 0.0
    keys = [_key(source.number, "turn"), _key(source.number, "pause")]
    wait = _run(_TURN, keys, source.rate_limit, math.floor(max(most, 0) * 1000))
    if wait is None:
        return 0.0
    return None if int(wait) < 0 else int(wait) / 1000


def pause(source: SourceConfig, seconds: float) -> None:
    """Let no process ask the source for so long, because it said so itself (RFC 9110 10.2.3, Retry-After)."""
    if source.number and seconds > 0:
        most = round(min(seconds, LONGEST_PAUSE) * 1000)
        _do(lambda client: client.set(_key(source.number, "pause"), "1", px=most))


def enter(source: SourceConfig, seconds: float) -> Passage:
    """Whether a question may go to the source now; ``trial`` for the one that tries after a pause, for ``seconds`` at most."""
    if not source.number or not source.breaker_failures:
        return "closed"
    passage: Passage = _run(_ENTER, [_key(source.number, "breaker")], round(seconds * 1000) + 1000) or "closed"
    return passage


def leave(source: SourceConfig, passage: Passage, result: FetchResult) -> None:
    """Tell how the question went. A failure of a trial opens the breaker again, any answer at all closes it."""
    if not source.number or not source.breaker_failures or result.reason in ALONE:
        return
    well = "ill" if ill(result) else "well"
    limits = (source.breaker_failures, source.breaker_seconds * 1000)
    _run(_LEAVE, [_key(source.number, "breaker")], well, passage, *limits)


ALONE = frozenset({"breaker-open", "busy", "rate-limit", "no-bsn", "not-served", "bad-address", "secret-missing"})
"""Reasons that lie with the network itself or its settings, and say nothing of how the source does."""
_ABOUT_ONE = frozenset({"other-person", "other-birth-date", "several-patients", "unusable-patient-id", "set-aside"})


def ill(result: FetchResult) -> bool:
    """Whether an answer says that the source itself does not do well. A refusal or an odd patient is a good answer."""
    if result.reason in _ABOUT_ONE | ALONE or result.reason.startswith("content-"):
        return False
    return result.outcome in {Outcome.NO_ANSWER, Outcome.FAULT} or result.reason.startswith("token-")


def breaker_of(number: int) -> Breaker:
    """How the breaker of a source stands now, for all processes."""
    return breakers_of([number])[number]


def breakers_of(numbers: Sequence[int]) -> dict[int, Breaker]:
    """How the breakers of several sources stand, in one question."""

    def ask(client: redis.Redis) -> list[dict[str, str]]:
        with client.pipeline(transaction=False) as pipe:
            for number in numbers:
                pipe.hgetall(_key(number, "breaker"))
            told: list[dict[str, str]] = pipe.execute()
            return told

    kept = (_do(ask) if numbers else None) or [{} for _ in numbers]
    return {number: _breaker(told) for number, told in zip(numbers, kept, strict=True)}


def _breaker(kept: dict[str, str]) -> Breaker:
    failures, until = int(kept.get("failures", 0)), float(kept.get("until", 0))
    if not until:
        return Breaker("closed", failures)
    state: Literal["open", "half_open"] = "open" if time.time() * 1000 < until else "half_open"
    return Breaker(state, failures, _moment(float(kept.get("since", until))), _moment(until))


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def remember(number: int, result: FetchResult, *, test: bool = False) -> None:
    """Keep how a source answered among its last answers: when, how, how long; nothing about whom."""
    told = json.dumps([time.time(), result.outcome.value, result.reason[:60], result.seconds, test])

    def push(client: redis.Redis) -> None:
        with client.pipeline(transaction=True) as pipe:
            pipe.lpush(_key(number, "last"), told)
            pipe.ltrim(_key(number, "last"), 0, LAST - 1)
            pipe.expire(_key(number, "last"), _KEPT)
            pipe.execute()

    if number:
        _do(push)


def last_answers(number: int) -> list[LastAnswer]:
    """The last answers of a source, the newest first."""
    kept: list[str] = _do(lambda client: client.lrange(_key(number, "last"), 0, LAST - 1)) or []
    told = [json.loads(one) for one in kept]
    return [
        LastAnswer(datetime.fromtimestamp(at, UTC), outcome, reason, seconds, test)
        for at, outcome, reason, seconds, test in told
    ]


def forget(number: int) -> None:
    """Begin anew after the connection was changed: no breaker, no pause, no turn."""
    _do(lambda client: client.delete(*(_key(number, what) for what in ("breaker", "pause", "turn"))))
