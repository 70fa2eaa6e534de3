"""Every address of the product."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from nis import views
from nis.styleguide import styleguide

APPS = {
    "nis.signin_urls": "",
    "workplace.urls": "",
    "dossier.urls": "patients/",
    "referrals.urls": "referrals/",
    "consultations.urls": "consultations/",
    "square.urls": "square/",
    "journeys.urls": "journeys/",
    "programme.urls": "programme/",
    "portal.urls": "portal/",
    "dashboards.urls": "dashboards/",
    "exchange.urls": "",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("language/", login_not_required(set_language), name="set_language"),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide))
for module, prefix in APPS.items():
    if find_spec(module.split(".")[0]) and find_spec(module):
        urlpatterns.append(path(prefix, include(module)))
