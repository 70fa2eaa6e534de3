"""What a professional may type on the own pages."""

from workplace.forms.patients import RegisterForm, SearchForm

__all__ = ["RegisterForm", "SearchForm"]
