"""The addresses of the network's own record, below those of a patient."""

from django.urls import path

from dossier.views import entries, network

app_name = "dossier"
urlpatterns = [
    path("<uuid:key>/entries/new/", entries.entry_new, name="entry_new"),
    path("<uuid:key>/entries/<int:pk>/", entries.entry_replace, name="entry_replace"),
    path("<uuid:key>/contacts/", network.contacts, name="contacts"),
]
