"""The addresses of journeys."""

from django.urls import path

from journeys import views

app_name = "journeys"
urlpatterns = [
    path("", views.index, name="list"),
    path("<int:pk>/", views.journey, name="journey"),
    path("<int:pk>/move/", views.move, name="move"),
    path("enrolments/<int:pk>/end/", views.end, name="end"),
]
