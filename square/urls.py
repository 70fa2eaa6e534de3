"""Addresses of the health square."""

from django.urls import path

from square import views

app_name = "square"
urlpatterns = [
    path("", views.search, name="search"),
    path("participants/", views.participants, name="participants"),
    path("own/", views.own, name="own"),
    path("<int:pk>/", views.service, name="service"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/waiting-time/", views.waiting_time, name="waiting_time"),
    path("<int:pk>/review/", views.review, name="review"),
]
