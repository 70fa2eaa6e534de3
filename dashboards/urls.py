"""The addresses of the figures."""

from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("waiting-times/", views.waiting_times, name="waiting_times"),
    path("waiting-times/<slug:table>.csv", views.download, name="download"),
    path("emergencies/", views.emergencies, name="emergencies"),
    path("talks/", views.talks, name="talks"),
    path("stuck/", views.stuck, name="stuck"),
    path("definitions/", views.definitions, name="definitions"),
]
