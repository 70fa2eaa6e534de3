"""The addresses of the pages about the rights of the person."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "rights"
urlpatterns: list[URLPattern] = []
