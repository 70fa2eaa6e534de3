"""What a citizen may choose and type."""

from portal.forms.asking import CannotForm, ElsewhereForm, HelpForm, ReplyForm, SayForm, WithdrawForm
from portal.forms.choosing import ChoiceForm, ExceptionForm, MandateCodeForm, MandateForm
from portal.forms.enrolling import EnrolForm, MeetingForm

__all__ = [
    "CannotForm",
    "ChoiceForm",
    "ElsewhereForm",
    "EnrolForm",
    "ExceptionForm",
    "HelpForm",
    "MandateCodeForm",
    "MandateForm",
    "MeetingForm",
    "ReplyForm",
    "SayForm",
    "WithdrawForm",
]
