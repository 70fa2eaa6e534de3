"""The pages of a referral: the list, making one, the thread with its steps, and the letter."""

from referrals.views.listing import index
from referrals.views.making import new
from referrals.views.sent import document, supplement
from referrals.views.thread import letter, move, status, thread

__all__ = ["document", "index", "letter", "move", "new", "status", "supplement", "thread"]
