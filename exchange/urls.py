"""The addresses of notifications, of the connected sources and of the open interface."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from exchange import api, api_audit, api_network, api_referrals
from exchange.chain import views as chain
from exchange.partners import door, link_views
from exchange.partners import views as partners
from exchange.pull import api as pull
from exchange.pull import views as announced
from exchange.views import deliveries, notifications, sources, subscriptions

app_name = "exchange"
urlpatterns = [
    path("notifications/", notifications.notifications, name="notifications"),
    path("subscriptions/", subscriptions.subscriptions, name="subscriptions"),
    path("subscriptions/<int:pk>/stop/", subscriptions.subscription_stop, name="subscription_stop"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/retry/", deliveries.delivery_retry, name="delivery_retry"),
    path("deliveries/<int:pk>/skip/", deliveries.delivery_skip, name="delivery_skip"),
    path("consent-notifications/", notifications.consent_notifications, name="consent_notifications"),
    path("chain/", chain.chain, name="chain"),
    path("chain/hub/", chain.hub, name="chain_hub"),
    path("chain/connection/", chain.connection, name="chain_connection"),
    path("chain/name/", chain.stand_for, name="chain_name"),
    path("chain/messages/<int:pk>/", chain.message, name="chain_message"),
    path("chain/messages/<int:pk>/file/", chain.message_file, name="chain_file"),
    path("chain/messages/<int:pk>/<slug:step>/", chain.message_step, name="chain_step"),
    path("chain/referrals/<int:pk>/", chain.assignments, name="assignments"),
    path("chain/referrals/<int:pk>/<slug:kind>/", chain.make, name="chain_make"),
    path("chain/referrals/<int:pk>/<slug:kind>/<int:number>/", chain.make, name="chain_make_at"),
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.source_new, name="source_new"),
    path("sources/<int:pk>/", sources.source, name="source"),
    path("sources/<int:pk>/edit/", sources.source_edit, name="source_edit"),
    path("sources/<int:pk>/test/", sources.source_test, name="source_test"),
    path("partner/", partners.connection, name="partner"),
    path("partner/keys/", partners.key_add, name="partner_key"),
    path("partner/keys/<int:pk>/stop/", partners.key_stop, name="partner_key_stop"),
    path("secure-mail/", partners.secure_mail, name="secure_mail"),
    path("secure-mail/<int:pk>/end/", partners.secure_mail_end, name="secure_mail_end"),
    path("answer/<str:secret>/", link_views.answer, name="answer"),
    path("links/<int:pk>/", link_views.link, name="link"),
    path("announced/<int:pk>/", announced.announcement, name="announcement"),
    path("announced/<int:pk>/take/", announced.take, name="announcement_take"),
    path("announced/<int:pk>/refuse/", announced.refuse, name="announcement_refuse"),
    path("oauth/token", door.token, name="token"),
    path("fhir/.well-known/smart-configuration", door.configuration, name="smart_configuration"),
    path("fhir/stu3/metadata", pull.Capability.as_view(), name="pull_metadata"),
    path("fhir/stu3/Task", pull.Notify.as_view(), name="pull_notify"),
    path("fhir/stu3/Task/<int:pk>", pull.WorkflowTask.as_view(), name="pull_task"),
    path("fhir/stu3/Binary/<int:pk>", pull.Binary.as_view(), name="pull_binary"),
    path("fhir/stu3/<str:kind>", pull.Section.as_view(), name="pull_section"),
    path("fhir/stu3/<str:kind>/$lastn", pull.Section.as_view(), {"last": True}, name="pull_section_last"),
    path("fhir", api_referrals.Transaction.as_view(), name="transaction"),
    path("fhir/metadata", api.Metadata.as_view(), name="metadata"),
    path("fhir/Patient", api.PatientSearch.as_view(http_method_names=["get"]), name="patients"),
    path("fhir/Patient/_search", api.PatientSearch.as_view(http_method_names=["post"]), name="patient_search"),
    path("fhir/Patient/<uuid:key>", api.PatientRead.as_view(), name="patient"),
    path("fhir/ServiceRequest", api_referrals.ServiceRequestSearch.as_view(), name="service_requests"),
    path("fhir/ServiceRequest/<int:pk>", api_referrals.ServiceRequestRead.as_view(), name="service_request"),
    path("fhir/Task", api_referrals.TaskSearch.as_view(), name="tasks"),
    path("fhir/Task/<int:pk>", api_referrals.TaskRead.as_view(), name="task"),
    path("fhir/HealthcareService", api.HealthcareServiceSearch.as_view(), name="services"),
    path("fhir/HealthcareService/<int:pk>", api.HealthcareServiceRead.as_view(), name="service"),
    path("fhir/Organization", api.OrganizationSearch.as_view(), name="organizations"),
    path("fhir/Organization/<int:pk>", api.OrganizationRead.as_view(), name="organization"),
    path("fhir/RelatedPerson", api_network.RelatedPersonSearch.as_view(), name="related_persons"),
    path("fhir/RelatedPerson/<uuid:key>", api_network.RelatedPersonRead.as_view(), name="related_person"),
    path("fhir/CareTeam", api_network.CareTeamSearch.as_view(), name="care_teams"),
    path("fhir/CareTeam/<uuid:key>", api_network.CareTeamRead.as_view(), name="care_team"),
    path("fhir/AuditEvent", api_audit.AuditEventSearch.as_view(), name="audit_events"),
    path("fhir/AuditEvent/_search", api_audit.AuditEventPost.as_view(), name="audit_event_search"),
    path("fhir/AuditEvent/<int:pk>", api_audit.AuditEventRead.as_view(), name="audit_event"),
    path("fhir/<path:rest>", api.Unknown.as_view(), name="unknown"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="exchange:schema", template_name="exchange/interface.html"),
        name="docs",
    ),
]
