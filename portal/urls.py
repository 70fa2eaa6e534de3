"""The addresses of the citizen's pages."""

from django.urls import path

from portal.views import acting, asking, changes, consent, documents, enrolling, mandates, network, record

app_name = "portal"
urlpatterns = [
    path("", record.home, name="home"),
    path("referrals/", record.referrals, name="referrals"),
    path("referrals/<int:pk>/", record.referral, name="referral"),
    path("referrals/<int:pk>/appointment.ics", record.calendar, name="calendar"),
    path("referrals/<int:pk>/state/", record.referral_state, name="referral_state"),
    path("referrals/<int:pk>/say/", asking.say, name="say"),
    path("referrals/<int:pk>/cannot/", asking.cannot, name="cannot"),
    path("referrals/<int:pk>/place/", enrolling.place, name="place"),
    path("referrals/<int:pk>/leave/", enrolling.leave, name="leave"),
    path("referrals/<int:pk>/withdraw/", asking.withdraw, name="withdraw_referral"),
    path("referrals/<int:pk>/reply/", asking.reply, name="reply"),
    path("referrals/<int:pk>/let-go/", asking.let_go, name="let_go"),
    path("referrals/<int:pk>/elsewhere/", asking.elsewhere, name="elsewhere"),
    path("ask/<int:pk>/", asking.ask, name="ask"),
    path("network/", network.network, name="network"),
    path("network/contacts/new/", network.contact_new, name="contact_new"),
    path("network/contacts/<uuid:entry>/", network.contact_change, name="contact_change"),
    path("network/contacts/<uuid:entry>/end/", network.contact_end, name="contact_end"),
    path("network/proposals/<int:pk>/<slug:answer>/", network.contact_proposal, name="contact_proposal"),
    path("record/", record.record, name="record"),
    path("record/documents/<int:category>/<int:pk>/", documents.document, name="document"),
    path("log/", record.log, name="log"),
    path("changes/", changes.changes, name="changes"),
    path("consent/", consent.consent, name="consent"),
    path("consent/new/", consent.exceptions, name="exceptions"),
    path("consent/new/<slug:reader>/", consent.exception, name="exception"),
    path("consent/everything/refuse/", consent.refuse_all, name="refuse_all"),
    path("consent/everything/undo/", consent.undo_refuse_all, name="unrefuse"),
    path("consent/<int:pk>/withdraw/", consent.withdraw_choice, name="withdraw"),
    path("consent/<int:pk>/confirm/", consent.confirm, name="confirm"),
    path("consent/<slug:reader>/<slug:group>/<slug:answer>/", consent.choose_consent, name="choose"),
    path("mandates/", mandates.mandates, name="mandates"),
    path("mandates/new/", mandates.mandate_new, name="mandate_new"),
    path("mandates/<int:pk>/end/", mandates.mandate_end, name="mandate_end"),
    path("acting/", acting.acting, name="acting"),
    path("acting/for/", acting.act_for, name="act_for"),
    path("acting/<int:pk>/stop/", acting.give_back, name="give_back"),
]
