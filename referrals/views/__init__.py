"""The pages of a referral: the list, making one, the thread with its steps, and the letter."""

from referrals.views.batches import batch, batch_state, batches
from referrals.views.drafts import draft
from referrals.views.enrolling import place, session, session_change, session_new, sessions
from referrals.views.listing import index
from referrals.views.making import new
from referrals.views.parts import engage
from referrals.views.planning import calendar
from referrals.views.reporting import report
from referrals.views.residence import residence
from referrals.views.room import room
from referrals.views.sent import document, supplement
from referrals.views.talking import heard
from referrals.views.talks import explorers
from referrals.views.telling import channel, paper, told
from referrals.views.templates import template, templates
from referrals.views.thread import letter, move, status, thread
from referrals.views.turning import elsewhere
from referrals.views.walking_in import walk_in

__all__ = [
    "batch",
    "batch_state",
    "batches",
    "calendar",
    "channel",
    "document",
    "draft",
    "elsewhere",
    "engage",
    "explorers",
    "heard",
    "index",
    "letter",
    "move",
    "new",
    "paper",
    "place",
    "report",
    "residence",
    "room",
    "session",
    "session_change",
    "session_new",
    "sessions",
    "status",
    "supplement",
    "template",
    "templates",
    "thread",
    "told",
    "walk_in",
]
