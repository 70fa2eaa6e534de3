"""What is remembered of a referral: its index, which both parties see, and its content, which opening the record unlocks."""

from referrals.models.appointment import Appointment
from referrals.models.batch import Batch, BatchPatient
from referrals.models.content import Letter, LetterItem, QuestionnaireResponse, Remark, Report, Supplement
from referrals.models.making import Draft, Template
from referrals.models.referral import Referral, ReferralQuerySet, Round, Step
from referrals.models.seat import Seat
from referrals.models.talk import Exploring

__all__ = [
    "Appointment",
    "Batch",
    "BatchPatient",
    "Draft",
    "Exploring",
    "Letter",
    "LetterItem",
    "QuestionnaireResponse",
    "Referral",
    "ReferralQuerySet",
    "Remark",
    "Report",
    "Round",
    "Seat",
    "Step",
    "Supplement",
    "Template",
]
