"""All settings, from the environment; a missing production secret stops the start."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from nis.database import keep_plans
from nis.listeners import DESTINATIONS, LISTENERS  # noqa: F401 - settings like the others, in a module of their own
from nis.schedule import CELERY_BEAT_SCHEDULE  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# demonstration: the region of bin/start · test: the checks · production: real people, nothing of the demonstration
NIS_ENV = env("NIS_ENV", default="production")
if NIS_ENV not in {"demonstration", "test", "production"}:
    raise ImproperlyConfigured("NIS_ENV must be demonstration, test or production")
PRODUCTION = NIS_ENV == "production"
SECRET_KEY = env("NIS_SECRET_KEY", default="" if PRODUCTION else "only-for-demonstration-and-test-" + "x" * 32)
if len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("NIS_SECRET_KEY must be set, with at least 40 characters")
DEBUG = False
ADDRESS = env("NIS_ADDRESS", default="" if PRODUCTION else "http://localhost:8000").rstrip("/")
if not ADDRESS:
    raise ImproperlyConfigured("NIS_ADDRESS must be set to the address at which people reach the product")
ALLOWED_HOSTS = env.list("NIS_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "testserver"])
CSRF_TRUSTED_ORIGINS = [ADDRESS]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "rest_framework",
    "events",
    "people",
    "trust",
    "dossier",
    "square",
    "referrals",
    "consultations",
    "journeys",
    "programme",
    "rights",
    "exchange",
    "dashboards",
    "portal",
    "workplace",
    "oversight",
    "nis",
]
MIDDLEWARE = [
    "nis.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "nis.middleware.language",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "nis.middleware.acting",
    "nis.signin.gate",
]

ROOT_URLCONF = "nis.urls"
WSGI_APPLICATION = "nis.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nis.context.frame",
            ],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://nis_app@/nis")}
DATABASES["default"]["OPTIONS"] = {
    # Statements are prepared: with row-level security planning one costs more than doing it (docs/adr/0034).
    "server_side_binding": True,
    "prepare_threshold": 3,
    "pool": {"min_size": 1, "max_size": env.int("NIS_POOL", default=20), "timeout": 10, "reset": keep_plans},
    "application_name": env("NIS_PROCESS", default="nis"),
    **DATABASES["default"].get("OPTIONS", {}),
}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A connection of the pool is tried before it is used, so that a restart of PostgreSQL costs what was under way and no more.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Seconds that one statement of a page may take; workers take the time they need.
STATEMENT_SECONDS = env.float("NIS_STATEMENT_SECONDS", default=30.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Without a click for this long a session ends (NEN 7510-2:2024, 8.5), and in any case at the end of a working day.
IDLE_MINUTES = env.int("NIS_IDLE_MINUTES", default=30)
SESSION_LONGEST_HOURS = env.int("NIS_SESSION_HOURS", default=10)
SESSION_COOKIE_AGE = IDLE_MINUTES * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.startswith("https://")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Seconds for which a worker that is out with a message keeps it; when it died, another takes it up after that.
DELIVERY_LEASE = env.float("NIS_DELIVERY_LEASE", default=30.0)
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "Europe/Amsterdam"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"


def _provider(means: str, name: str, scope: list[str], **more: object) -> list[dict[str, object]]:
    """One identity provider as allauth wants it; where the environment names none, that of the demonstration region."""
    key = f"NIS_OIDC_{means.upper()}"
    region = "" if PRODUCTION else f"http://localhost:{env('NIS_REGION_PORT', default='8100')}/idp/{means}"
    issuer, client = env(key, default=region), env(f"{key}_CLIENT", default="" if PRODUCTION else f"nis-{means}")
    secret = env(f"{key}_SECRET", default="" if PRODUCTION else "secret-of-the-demonstration")
    if not issuer:
        return []
    if not client or not secret:
        raise ImproperlyConfigured(f"{key} is set, so {key}_CLIENT and {key}_SECRET must be")
    settings = {"server_url": issuer, "scope": scope, "oauth_pkce_enabled": True, **more}
    return [{"provider_id": means, "name": name, "client_id": client, "secret": secret, "settings": settings}]


# Which values of acr count as two factors besides amr (RFC 8176), for an organisation whose provider sends no amr.
ZORG_STRONG_ACR = env.list("NIS_OIDC_ZORG_ACR", default=[])
# Health data asks at least substantial (25; eIDAS, Regeling betrouwbaarheidsniveaus 2023); lower only during a transition.
DIGID_LEAST = env.int("NIS_DIGID_LEAST", default=25)
OIDC_APPS = [
    *_provider("zorg", "Zorg en welzijn", ["openid"]),
    *_provider(
        "digid",
        "DigiD",
        env.list("NIS_OIDC_DIGID_SCOPE", default=["openid", "bsn"]),
        bsn_claim=env("NIS_OIDC_DIGID_BSN", default="bsn"),
        auth_params={
            "acr_values": env("NIS_OIDC_DIGID_ACR", default="urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard")
        },
    ),
]
if len({app["client_id"] for app in OIDC_APPS}) < len(OIDC_APPS):
    raise ImproperlyConfigured(
        "NIS_OIDC_ZORG_CLIENT and NIS_OIDC_DIGID_CLIENT must differ: allauth tells providers apart by it"
    )
OIDC_ORIGINS = sorted({"/".join(str(app["settings"]["server_url"]).split("/")[:3]) for app in OIDC_APPS})  # type: ignore[index]
REGION_NAME = env("NIS_REGION_NAME", default="Netwerk Gooi en Vechtstreek")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC_APPS}}
SOCIALACCOUNT_ADAPTER = "nis.adapters.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_EMAIL_VERIFICATION = ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
ACCOUNT_ADAPTER = "nis.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "mandate_code": "10/h/user",
    "mandate_code_typed": "30/h/ip",
    "source_content": "60/10m/user",
}
MFA_ADAPTER = "nis.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("NIS_BEHIND_PROXY", default=False) else 0

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Nederlands")), ("en", _("Engels"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("NIS_STATIC", default=str(BASE_DIR / ".run" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if NIS_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = NIS_ENV == "test"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

EMAIL_HOST = env("NIS_SMTP_HOST", default="localhost")
EMAIL_PORT = env.int("NIS_SMTP_PORT", default=25)
EMAIL_HOST_USER = env("NIS_SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env("NIS_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("NIS_SMTP_TLS", default=PRODUCTION)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("NIS_MAIL_FROM", default="Netwerk Gooi en Vechtstreek <niet-antwoorden@netwerk.example>")
# Secure mail (NTA 7516): the relay of a product that does so, with the file of its login; and the resolver that tells of domains.
SECURE_MAIL_HOST = env("NIS_SECURE_MAIL_HOST", default="")
SECURE_MAIL_PORT = env.int("NIS_SECURE_MAIL_PORT", default=587)
SECURE_MAIL_LOGIN = env("NIS_SECURE_MAIL_LOGIN", default="")
SECURE_MAIL_CA = env("NIS_SECURE_MAIL_CA", default="")
SECURE_MAIL_FROM = env("NIS_SECURE_MAIL_FROM", default="")
SECURE_MAIL_DNS = env("NIS_SECURE_MAIL_DNS", default="")
if SECURE_MAIL_HOST and not (SECURE_MAIL_LOGIN and SECURE_MAIL_FROM):
    raise ImproperlyConfigured("NIS_SECURE_MAIL_HOST asks for NIS_SECURE_MAIL_LOGIN and NIS_SECURE_MAIL_FROM")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *OIDC_ORIGINS, *env.list("NIS_FORM_TARGETS", default=[])],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if ADDRESS.startswith("https://") else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Whether the whole domain goes on the browsers' list is for its owner to decide, not for one product on it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_SSL_REDIRECT = ADDRESS.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("NIS_BEHIND_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["dossier.documents.upload.SpoolHandler"]
# Where a file waits, encrypted and without a name, while it comes in or goes out: a folder on disk, not in memory.
FILE_UPLOAD_TEMP_DIR = env("NIS_UPLOAD_DIR", default="") or None

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "nis.middleware.api_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Netwerk-Informatiesysteem",
    "DESCRIPTION": "FHIR R4 over what the signed-in person may see.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"bare": {"()": "nis.bare.Bare"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["bare"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}, "weasyprint": {"level": "ERROR"}},
}

# The log: five years by law at least (NEN 7513:2018, 8.4), and how many lines one sealed file holds at most.
LOG_KEPT_YEARS = env.int("NIS_LOG_KEPT_YEARS", default=5)
if LOG_KEPT_YEARS < 5:
    raise ImproperlyConfigured("NIS_LOG_KEPT_YEARS must be 5 or more: the law asks for five years")
LOG_EXPORT_LINES = env.int("NIS_LOG_EXPORT_LINES", default=100_000)

# Days put equal to a holiday for one year by royal decree (Algemene termijnenwet, article 3, third paragraph): 2027-05-07,…
CLOSED_DAYS = frozenset(date.fromisoformat(day) for day in env.list("NIS_CLOSED_DAYS", default=[]))

# Sources: how long one overview waits for the systems it asks, how long an answer counts as fresh, and what is kept.
SOURCE_DEADLINE = env.float("NIS_SOURCE_DEADLINE", default=2.5)
SOURCE_FRESH_MINUTES = env.int("NIS_SOURCE_FRESH_MINUTES", default=10)
SOURCE_KEPT_HOURS = env.int("NIS_SOURCE_KEPT_HOURS", default=24)
SOURCE_THREADS = env.int("NIS_SOURCE_THREADS", default=64)
SOURCE_COUNTS_KEPT_DAYS = env.int("NIS_SOURCE_COUNTS_KEPT_DAYS", default=90)
# Seconds that bringing one text to the own system may take: what it takes, who it is about there, and writing.
COPY_DEADLINE = env.float("NIS_COPY_DEADLINE", default=6.0)
# Hosts that a source may have, with * for any part of a name; empty: any but this machine and its closed surroundings.
SOURCE_HOSTS = env.list("NIS_SOURCE_HOSTS", default=[])
# The folder with certificates, keys and client secrets of sources, one folder in it for each organisation.
_REGION_DIR = env("NIS_REGION_DIR", default="")
SECRETS = env("NIS_SECRETS", default=f"{_REGION_DIR}/secrets" if _REGION_DIR and not PRODUCTION else "")

# Documents: the largest, and the keys that wrap theirs, as name:key with commas, the first for what is new (32 bytes, base64).
DOCUMENT_MOST = env.int("NIS_DOCUMENT_MEGABYTES", default=100) * 1024 * 1024
_OWN_KEY = b64encode(sha256(SECRET_KEY.encode()).digest()).decode()
DOCUMENT_KEYS = {
    pair.partition(":")[0]: b64decode(pair.partition(":")[2])
    for pair in env.list("NIS_DOCUMENT_KEYS", default=[] if PRODUCTION else [f"demonstration:{_OWN_KEY}"])
}
if not DOCUMENT_KEYS or not all(0 < len(name) <= 40 and len(key) == 32 for name, key in DOCUMENT_KEYS.items()):
    raise ImproperlyConfigured("NIS_DOCUMENT_KEYS must be set: name:key, the key 32 bytes in base64")
# The virus scanner (ClamAV's daemon): tcp://host:3310 or unix:/run/clamav/clamd.ctl; empty = none, and the screens say so.
CLAMD = env("NIS_CLAMD", default="")
if CLAMD and not re.fullmatch(r"tcp://(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}|unix:/\S+", CLAMD):
    raise ImproperlyConfigured("NIS_CLAMD must be tcp://host:port or unix:/path")
CLAMD_CONNECT = 3.0
CLAMD_DEADLINE = env.float("NIS_CLAMD_DEADLINE", default=60.0)

# The national consent service (Mitz): asked before a source of another participant is; empty = not connected.
NATIONAL_CONSENT_URL = env("NIS_NATIONAL_CONSENT_URL", default="")
if PRODUCTION and NATIONAL_CONSENT_URL and not NATIONAL_CONSENT_URL.startswith("https://"):
    raise ImproperlyConfigured("NIS_NATIONAL_CONSENT_URL must begin with https://: the question holds a BSN")
NATIONAL_CONSENT_DEADLINE = env.float("NIS_NATIONAL_CONSENT_DEADLINE", default=2.0)
NATIONAL_CONSENT_KEPT_MINUTES = env.int("NIS_NATIONAL_CONSENT_KEPT_MINUTES", default=60)
NATIONAL_CONSENT_CERT = env("NIS_NATIONAL_CONSENT_CERT", default="")
NATIONAL_CONSENT_KEY = env("NIS_NATIONAL_CONSENT_KEY", default="")
NATIONAL_CONSENT_CA = env("NIS_NATIONAL_CONSENT_CA", default="")
NATIONAL_CONSENT_GATEWAY = env("NIS_NATIONAL_CONSENT_GATEWAY", default="")
NATIONAL_CONSENT_SYSTEM = env("NIS_NATIONAL_CONSENT_SYSTEM", default="")
NATIONAL_CONSENT_NOTIFY_SECRET = env("NIS_NATIONAL_CONSENT_NOTIFY_SECRET", default="")
if NATIONAL_CONSENT_NOTIFY_SECRET and len(NATIONAL_CONSENT_NOTIFY_SECRET) < 32:
    raise ImproperlyConfigured("NIS_NATIONAL_CONSENT_NOTIFY_SECRET must have at least 32 characters")

# The hub of iWmo and iJw: messages go there over mutual TLS, and it shows the secret when it brings one; empty = not connected.
CHAIN_URL = env("NIS_CHAIN_URL", default="")
if PRODUCTION and CHAIN_URL and not CHAIN_URL.startswith("https://"):
    raise ImproperlyConfigured("NIS_CHAIN_URL must begin with https://: a message holds a BSN")
CHAIN_CERT = env("NIS_CHAIN_CERT", default="")
CHAIN_KEY = env("NIS_CHAIN_KEY", default="")
CHAIN_CA = env("NIS_CHAIN_CA", default="")
CHAIN_SECRET = env("NIS_CHAIN_SECRET", default="")
if CHAIN_SECRET and len(CHAIN_SECRET) < 32:
    raise ImproperlyConfigured("NIS_CHAIN_SECRET must have at least 32 characters")
CHAIN_RELATIONS_UNTIL = env("NIS_CHAIN_RELATIONS_UNTIL", default="")
