"""By when whose turn it is should have acted, by service and urgency, and who hears of it when that moment has passed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from events.clock import due_after, end_of_day, working_day_from
from referrals.moves import LETTER_DAYS, RESPONSE_DAYS, REVIEW_DAYS, START_DAYS, TOLD_AFTER, Level, Urgency


def answer_by(answer_days: int | None, urgency: str, moment: datetime) -> datetime:
    """By when the receiver of a request of this moment accepts, asks back or rejects: within the working days of the service,
    when it has its own; sooner where it is urgent."""
    days = RESPONSE_DAYS[Urgency(urgency)]
    if answer_days is not None:
        days = answer_days if urgency == Urgency.ROUTINE else min(days, answer_days)
    return due_after(moment, days)


def letter_by(urgency: str, moment: datetime) -> datetime:
    """By when the letter follows of a referral that went without."""
    return due_after(moment, LETTER_DAYS if urgency == Urgency.ROUTINE else 1)


def begin_by(days: int, urgency: str, sent_at: datetime, accepted_at: datetime) -> datetime:
    """By when help begins: within so many calendar ``days`` from the request, being the norm of the service or the wait that
    it tells when that is longer; never sooner than the usual working days after acceptance. What is urgent waits for neither."""
    usual = due_after(accepted_at, START_DAYS[Urgency(urgency)])
    if urgency != Urgency.ROUTINE:
        return usual
    return max(usual, end_of_day(working_day_from(timezone.localtime(sent_at).date() + timedelta(days=days))))


def review_by(moment: datetime) -> datetime:
    """By when the receiver looks whether help that runs since this moment goes on."""
    return end_of_day(working_day_from(timezone.localtime(moment).date() + timedelta(days=REVIEW_DAYS)))


def level_of(due: datetime, urgency: str, now: datetime) -> Level:
    """Who should have been told by now that this moment passed; ``TOLD_AFTER`` has the working days beyond it."""
    told = [level for level, days in TOLD_AFTER[Urgency(urgency)].items() if _beyond(due, days) <= now]
    return max(told, default=Level.NOBODY)


def overdue(now: datetime) -> Q:
    """Which referrals somebody must be told of now who was not told before."""
    found = Q()
    for urgency, levels in TOLD_AFTER.items():
        for level in levels:
            found |= Q(urgency=urgency, level__lt=level, due__lte=latest_late(now, urgency, level))
    return found


def latest_late(now: datetime, urgency: str, level: Level) -> datetime:
    """The latest moment that lies far enough back for these to know that it passed."""
    days = TOLD_AFTER[Urgency(urgency)][level]
    if not days:
        return now
    day: date = timezone.localtime(now).date()
    while due_after(end_of_day(day), days) > now:
        day -= timedelta(days=1)
    return end_of_day(day)


def _beyond(due: datetime, days: int) -> datetime:
    return due_after(due, days) if days else due
