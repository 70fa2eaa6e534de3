"""Addresses of the professional's own pages."""

from django.urls import path

from workplace import views

app_name = "workplace"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("patients/", views.patients, name="patients"),
    path("patients/register/", views.register, name="register"),
    path("patients/<uuid:key>/", views.patient, name="patient"),
    path("patients/<uuid:key>/board/", views.board, name="board"),
    path("patients/<uuid:key>/sources/<int:number>/", views.source, name="source"),
]
