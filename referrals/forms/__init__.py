"""What a person may type to find an offer, to send a referral, and to take a step with one."""

from referrals.forms.batches import BatchForm, GroupForm
from referrals.forms.enrolling import PlaceForm, SessionForm
from referrals.forms.making import EngageForm, OfferForm, ReferralForm, SupplementForm, TemplateForm, WalkInForm
from referrals.forms.steps import (
    AdviseForm,
    AnswerForm,
    AskForm,
    AssignForm,
    CallOffForm,
    CancelForm,
    CompleteForm,
    ElsewhereForm,
    NoLetterForm,
    NoteForm,
    OtherMunicipalityForm,
    PlacesForm,
    PlanForm,
    RejectForm,
    ReportForm,
    SayForm,
    StopForm,
)
from referrals.forms.talks import InviteForm, JoinForm

__all__ = [
    "AdviseForm",
    "AnswerForm",
    "AskForm",
    "AssignForm",
    "BatchForm",
    "CallOffForm",
    "CancelForm",
    "CompleteForm",
    "ElsewhereForm",
    "EngageForm",
    "GroupForm",
    "InviteForm",
    "JoinForm",
    "NoLetterForm",
    "NoteForm",
    "OfferForm",
    "OtherMunicipalityForm",
    "PlaceForm",
    "PlacesForm",
    "PlanForm",
    "ReferralForm",
    "RejectForm",
    "ReportForm",
    "SayForm",
    "SessionForm",
    "StopForm",
    "SupplementForm",
    "TemplateForm",
    "WalkInForm",
]
