"""What a professional changes on the own pages, and what is written down of what they looked at or took along."""

from workplace.actions.layout import arrange, forget_layout
from workplace.actions.person import show_bsn
from workplace.actions.prints import ask_print, drop_prints, make_next, show_print, take_print

__all__ = [
    "arrange",
    "ask_print",
    "drop_prints",
    "forget_layout",
    "make_next",
    "show_bsn",
    "show_print",
    "take_print",
]
