"""Mailboxes of secure mail, to which the letter itself may go."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
-- Who manages the connections of the region says which organisation has one; the machinery reads it.
call trust_protect_index('exchange_securemailbox');
call trust_grant_app('exchange_securemailbox');
create policy machinery on exchange_securemailbox for select to nis_app using ((select actor_kind()) = 'system');
create policy region on exchange_securemailbox to nis_app
  using (exists (select 1 from people_organisation o where o.id = (select actor_organisation()) and o.domain = 'region')
         and trust_has_permission((select actor_organisation()), 'manage_sources'))
  with check (exists (select 1 from people_organisation o where o.id = (select actor_organisation()) and o.domain = 'region')
              and trust_has_permission((select actor_organisation()), 'manage_sources') and stated_by_id = (select actor_user()));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0011_links"),
        ("people", "0003_citizen_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SecureMailbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254)),
                ("confirmed_on", models.DateField()),
                ("stated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "stated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
