"""The addresses of the network's own record, below those of a patient, and of how the own organisation can be reached."""

from django.urls import path

from dossier.views import copies, cover, documents, elsewhere, entries, network

app_name = "dossier"
urlpatterns = [
    path("<uuid:key>/entries/new/", entries.entry_new, name="entry_new"),
    path("<uuid:key>/entries/<int:pk>/", entries.entry_replace, name="entry_replace"),
    path("<uuid:key>/contacts/", network.contacts, name="contacts"),
    path("<uuid:key>/contacts/new/", network.contact_new, name="contact_new"),
    path("<uuid:key>/contacts/take-over/", network.take_over, name="take_over"),
    path("<uuid:key>/contacts/proposals/<int:pk>/<slug:answer>/", network.proposal, name="proposal"),
    path("<uuid:key>/contacts/<uuid:entry>/", network.contact_change, name="contact_change"),
    path("<uuid:key>/contacts/<uuid:entry>/end/", network.contact_end, name="contact_end"),
    path("<uuid:key>/contacts/<uuid:entry>/reopen/", network.contact_reopen, name="contact_reopen"),
    path("<uuid:key>/team/new/", network.member_new, name="member_new"),
    path("<uuid:key>/team/coordinator/", network.coordinator, name="coordinator"),
    path("<uuid:key>/team/<uuid:entry>/", network.member_change, name="member_change"),
    path("<uuid:key>/team/<uuid:entry>/end/", network.member_end, name="member_end"),
    path("<uuid:key>/team/<uuid:entry>/reopen/", network.member_reopen, name="member_reopen"),
    path("network/<int:pk>/", network.network_of, name="network_of"),
    path("copies/", copies.copies, name="copies"),
    path("copies/from/<int:pk>/", copies.copies, name="copies_of"),
    path("copies/from/<int:pk>/retry/", copies.copies_retry, name="copies_retry"),
    path("copies/from/<int:pk>/settings/", copies.copying, name="copying"),
    path("copies/<int:pk>/<slug:step>/", copies.copy_step, name="copy_step"),
    path("<uuid:key>/copies/<int:pk>/", copies.copy, name="copy"),
    path("cover/", cover.cover, name="cover"),
    path("cover/<int:pk>/drop/", cover.absence_drop, name="absence_drop"),
    path("<uuid:key>/documents/", documents.documents, name="documents"),
    path("<uuid:key>/documents/new/", documents.document_new, name="document_new"),
    path("<uuid:key>/documents/<int:category>/<int:pk>/", documents.document, name="document"),
    path("<uuid:key>/documents/<int:category>/<int:pk>/new/", documents.document_replace, name="document_replace"),
    path(
        "<uuid:key>/documents/<int:category>/<int:pk>/shown/",
        documents.document_content,
        {"how": "shown"},
        name="document_shown",
    ),
    path(
        "<uuid:key>/documents/<int:category>/<int:pk>/file/",
        documents.document_content,
        {"how": "file"},
        name="document_file",
    ),
    path(
        "<uuid:key>/documents/<int:category>/from/<int:number>/<slug:mark>/",
        elsewhere.source_document,
        name="source_document",
    ),
    path(
        "<uuid:key>/documents/<int:category>/from/<int:number>/<slug:mark>/shown/",
        elsewhere.source_content,
        {"how": "shown"},
        name="source_shown",
    ),
    path(
        "<uuid:key>/documents/<int:category>/from/<int:number>/<slug:mark>/file/",
        elsewhere.source_content,
        {"how": "file"},
        name="source_file",
    ),
]
