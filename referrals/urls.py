"""Addresses of referrals."""

from django.urls import path

from referrals import views

app_name = "referrals"
urlpatterns = [
    path("", views.index, name="list"),
    path("room/", views.room, name="room"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/new/<int:pk>/", views.session_new, name="session_new"),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("sessions/<int:pk>/change/", views.session_change, name="session_change"),
    path("new/<uuid:key>/", views.new, name="new"),
    path("walk-in/<uuid:key>/", views.walk_in, name="walk_in"),
    path("drafts/<int:pk>/", views.draft, name="draft"),
    path("together/", views.batches, name="batches"),
    path("together/<int:pk>/", views.batch, name="batch"),
    path("together/<int:pk>/state/", views.batch_state, name="batch_state"),
    path("templates/", views.templates, name="templates"),
    path("templates/<int:pk>/", views.template, name="template"),
    path("<int:pk>/", views.thread, name="thread"),
    path("<int:pk>/status/", views.status, name="status"),
    path("<int:pk>/letter.pdf", views.letter, name="letter"),
    path("<int:pk>/supplement/", views.supplement, name="supplement"),
    path("<int:pk>/documents/<int:item>/shown/", views.document, {"how": "shown"}, name="document_shown"),
    path("<int:pk>/documents/<int:item>/file/", views.document, {"how": "file"}, name="document_file"),
    path("<int:pk>/paper.pdf", views.paper, name="paper"),
    path("<int:pk>/told/", views.told, name="told"),
    path("<int:pk>/channel/", views.channel, name="channel"),
    path("<int:pk>/report.pdf", views.report, name="report"),
    path("<int:pk>/appointment.ics", views.calendar, name="calendar"),
    path("<int:pk>/engage/", views.engage, name="engage"),
    path("<int:pk>/residence/", views.residence, name="residence"),
    path("<int:pk>/place/", views.place, name="place"),
    path("<int:pk>/heard/", views.heard, name="heard"),
    path("<int:pk>/elsewhere/<slug:verb>/", views.elsewhere, name="elsewhere"),
    path("<int:pk>/explorers/<slug:verb>/", views.explorers, name="explorers"),
    path("<int:pk>/<slug:verb>/", views.move, name="move"),
]
