"""What a professional may type on the own pages."""

from workplace.forms.choices import ChoiceForm, MandateForm
from workplace.forms.emergency import EmergencyForm
from workplace.forms.patients import RegisterForm, SearchForm
from workplace.forms.prints import PrintForm
from workplace.forms.relations import TendForm

__all__ = ["ChoiceForm", "EmergencyForm", "MandateForm", "PrintForm", "RegisterForm", "SearchForm", "TendForm"]
