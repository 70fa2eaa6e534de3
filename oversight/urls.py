"""The addresses of the pages of oversight."""

from __future__ import annotations

from django.urls import path

from oversight.views import emergency, exports, guard, log, need, policy, signal

app_name = "oversight"
urlpatterns = [
    path("", guard.home, name="home"),
    path("log/", log.log, name="log"),
    path("log/<int:pk>/", log.line, name="line"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/", exports.export_file, name="export_file"),
    path("emergencies/", emergency.emergencies, name="emergencies"),
    path("emergencies/<int:pk>/", emergency.emergency, name="emergency"),
    path("signals/", signal.signals, name="signals"),
    path("signals/<int:pk>/", signal.signal, name="signal"),
    path("watches/", signal.watches, name="watches"),
    path("watches/<int:pk>/end/", signal.end_watch, name="end_watch"),
    path("policies/", policy.policies, name="policies"),
    path("policies/edit/", policy.policy_edit, name="policy_edit"),
    path("policies/<int:organisation>/", policy.policy, name="policy"),
    path("policies/<int:organisation>/<int:version>/", policy.policy, name="policy_version"),
    path("policies/needs/", need.needs, name="needs"),
    path("policies/needs/<slug:role>/", need.need, name="need"),
]
