"""The addresses of the programme."""

from django.urls import path

from programme import views

app_name = "programme"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<int:organisation>/<int:process>/", views.participation, name="participation"),
    path("admission/", views.admission, name="admission"),
    path("admission/<int:pk>/", views.organisation, name="organisation"),
    path("admission/<int:pk>/merge/", views.merge, name="merge"),
]
