"""The addresses of consultations."""

from django.urls import path

from consultations import views

app_name = "consultations"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/<uuid:key>/", views.new, name="new"),
    path("of/<int:pk>/", views.of_referral, name="of_referral"),
    path("<int:pk>/", views.thread, name="thread"),
    path("<int:pk>/status/", views.status, name="status"),
    path("<int:pk>/conversation/", views.conversation, name="conversation"),
    path("<int:pk>/pick-up/", views.pick_up, name="pick_up"),
    path("<int:pk>/answer/", views.answer, name="answer"),
    path("<int:pk>/conclude/", views.conclude, name="conclude"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
]
