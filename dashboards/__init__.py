"""Figures across apps for who coordinates: waiting times, answers and refusals; never about one person."""
