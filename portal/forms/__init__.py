"""What a citizen may choose and type."""

from portal.forms.asking import CannotForm, ElsewhereForm, HelpForm, ReplyForm, SayForm, WithdrawForm
from portal.forms.choosing import ChoiceForm, ExceptionForm, MandateCodeForm, MandateForm

__all__ = [
    "CannotForm",
    "ChoiceForm",
    "ElsewhereForm",
    "ExceptionForm",
    "HelpForm",
    "MandateCodeForm",
    "MandateForm",
    "ReplyForm",
    "SayForm",
    "WithdrawForm",
]
