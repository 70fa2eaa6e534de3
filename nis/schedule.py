"""What the clock does by itself: which task, and how often."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "deliver": {"task": "events.tasks.deliver_due", "schedule": 5.0, "options": {"expires": 5}},
    "openings": {"task": "trust.tasks.forget", "schedule": 60.0, "options": {"expires": 60}},
    "seal": {"task": "events.tasks.seal_log", "schedule": 60.0, "options": {"expires": 60}},
    "partitions": {"task": "events.tasks.keep_partitions", "schedule": 24 * 3600.0},
    "copied_texts": {"task": "dossier.tasks.drop_copied_texts", "schedule": crontab(hour=3, minute=8)},
    "chain": {
        "task": "exchange.tasks.look_after_chains",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
    "old_counts": {"task": "dossier.tasks.drop_old_counts", "schedule": crontab(hour=3, minute=5)},
    "expired_facts": {"task": "dossier.tasks.drop_expired_facts", "schedule": 600.0, "options": {"expires": 600}},
    "signals": {"task": "oversight.tasks.look_for_signals", "schedule": crontab(minute=10)},
    "copies": {"task": "rights.tasks.make_copies", "schedule": 60.0, "options": {"expires": 60}},
    "sources_of_requests": {"task": "rights.tasks.follow_sources", "schedule": 3600.0, "options": {"expires": 3600}},
    "terms": {"task": "rights.tasks.keep_to_terms", "schedule": crontab(hour=2, minute=30)},
    "prints": {"task": "workplace.tasks.make_prints", "schedule": 60.0, "options": {"expires": 60}},
    "old_prints": {"task": "workplace.tasks.drop_prints", "schedule": crontab(minute=25)},
    "log_exports": {"task": "oversight.tasks.make_exports", "schedule": 60.0, "options": {"expires": 60}},
    "expired_log_exports": {"task": "oversight.tasks.expire_exports", "schedule": crontab(hour=3, minute=20)},
    "log_retention": {"task": "oversight.tasks.drop_log", "schedule": crontab(day_of_month=2, hour=3, minute=40)},
    "late_referrals": {
        "task": "referrals.tasks.tell_late",
        "schedule": crontab(hour="7-18", minute="*/10"),
        "options": {"expires": 600},
    },
    "stopped_services": {"task": "square.tasks.reopen_stopped", "schedule": crontab(minute=2)},
    "batches": {"task": "referrals.tasks.send_batches", "schedule": 60.0, "options": {"expires": 60}},
    "old_drafts": {"task": "referrals.tasks.drop_old", "schedule": crontab(hour=3, minute=12)},
    "digests": {"task": "exchange.tasks.make_digests", "schedule": crontab(hour=7, minute=30)},
    "reminders": {"task": "portal.tasks.remind", "schedule": crontab(hour=8, minute=0)},
}
