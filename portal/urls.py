"""The addresses of the citizen's pages."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("referrals/", views.referrals, name="referrals"),
    path("referrals/<int:pk>/", views.referral, name="referral"),
    path("referrals/<int:pk>/state/", views.referral_state, name="referral_state"),
    path("network/", views.network, name="network"),
    path("record/", views.record, name="record"),
    path("log/", views.log, name="log"),
    path("consent/", views.consent, name="consent"),
    path("consent/<slug:reader>/<slug:group>/<slug:answer>/", views.choose_consent, name="choose"),
]
