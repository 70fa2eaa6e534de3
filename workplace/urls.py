"""Addresses of the professional's own pages."""

from django.urls import path

from workplace import views

app_name = "workplace"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("patients/", views.patients, name="patients"),
    path("patients/register/", views.register, name="register"),
    path("patients/<uuid:key>/", views.patient, name="patient"),
    path("patients/<uuid:key>/parts/<slug:name>/", views.part, name="part"),
    path("patients/<uuid:key>/bsn/", views.bsn, name="bsn"),
    path("patients/<uuid:key>/print/", views.choose_print, name="print"),
    path("patients/<uuid:key>/print/<int:pk>/", views.print_state, name="print_state"),
    path("patients/<uuid:key>/print/<int:pk>/file/", views.print_file, name="print_file"),
    path("layout/", views.layout, name="layout"),
    path("patients/<uuid:key>/medication/", views.medication, name="medication"),
    path("patients/<uuid:key>/emergency/", views.emergency, name="emergency_patient"),
    path("patients/<uuid:key>/consent/", views.consent, name="consent"),
    path("patients/<uuid:key>/mandates/", views.mandates, name="mandates"),
    path("patients/<uuid:key>/mandates/<int:pk>/end/", views.mandate_end, name="mandate_end"),
    path("patients/<uuid:key>/mandates/<int:pk>/letter/", views.mandate_letter, name="mandate_letter"),
    path("patients/<uuid:key>/residences/", views.residences, name="residences"),
    path("relations/", views.relations, name="relations"),
    path("emergency/", views.emergency, name="emergency"),
    path("emergency/banner/", views.banner, name="emergency_banner"),
    path("emergency/<int:pk>/end/", views.end, name="emergency_end"),
    path("patients/<uuid:key>/sources/", views.sources, name="sources"),
    path("patients/<uuid:key>/sources/<int:number>/", views.source, name="source"),
]
