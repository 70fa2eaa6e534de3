"""How the private PostgreSQL is set up: its settings for each use, and the roles that share it."""

from __future__ import annotations

# What a small server would have. Statements and failing rows stay out of the log: they hold personal data.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "jit": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# A test's database is thrown away, so it need not survive a power cut.
PROFILES = {
    "test": {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"},
    "bench": {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"},
}

ROLES = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'nis_owner') then create role nis_owner; end if;
    if not exists (select from pg_roles where rolname = 'nis_app') then create role nis_app; end if;
    if not exists (select from pg_roles where rolname = 'nis_region') then create role nis_region; end if;
end $$;
alter role nis_owner login createdb inherit nosuperuser nobypassrls password '{nis_owner}';
alter role nis_app login noinherit nosuperuser nobypassrls password '{nis_app}';
alter role nis_region nologin nosuperuser nobypassrls;
grant nis_region to nis_app;
grant nis_app, nis_region to nis_owner;
"""

# Tests empty the tables between them with triggers and references off; nobody else may switch those off.
FOR_TESTS = "grant set on parameter session_replication_role to nis_owner;"


def settings(name: str) -> dict[str, str]:
    """Return the settings for the cluster of .run/<name>; bench-region is set up like bench."""
    return SETTINGS | PROFILES.get(name.split("-", maxsplit=1)[0], {}) | {"cluster_name": f"nis-{name}"}
