"""Every address of the product."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from nis import views
from nis.styleguide import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("", include("nis.signin_urls")),
    path("", include("workplace.urls")),
    path("patients/", include("dossier.urls")),
    path("referrals/", include("referrals.urls")),
    path("consultations/", include("consultations.urls")),
    path("square/", include("square.urls")),
    path("journeys/", include("journeys.urls")),
    path("programme/", include("programme.urls")),
    path("rights/", include("rights.urls")),
    path("portal/", include("portal.urls")),
    path("oversight/", include("oversight.urls")),
    path("dashboards/", include("dashboards.urls")),
    path("", include("exchange.urls")),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide))
