"""The addresses of the network's own record, below those of a patient."""

from django.urls import path

from dossier import views

app_name = "dossier"
urlpatterns = [
    path("<uuid:key>/entries/new/", views.entry_new, name="entry_new"),
    path("<uuid:key>/entries/<int:pk>/", views.entry_replace, name="entry_replace"),
    path("<uuid:key>/contacts/", views.contacts, name="contacts"),
]
