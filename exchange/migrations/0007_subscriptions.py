"""Systems of participants that hear of changes, with who may know of them and whom a change concerns."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
call trust_grant_app('exchange_subscription');
revoke update, delete on exchange_subscription from nis_app;
grant update (active, told_at, stopped_at) on exchange_subscription to nis_app;
alter table exchange_subscription enable row level security;
alter table exchange_subscription force row level security;
create policy owner_all on exchange_subscription to current_user using (true) with check (true);
create policy own on exchange_subscription to nis_app using (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system')
  with check (organisation_id = (select actor_organisation()) or (select actor_kind()) = 'system');

-- Which subscriptions hear of a change, and of what: of organisations that may see the network of this person at this moment.
create function exchange_subscribers(p_event bigint, p_at timestamptz) returns table (subscription bigint, reference text)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, case when e.verb like 'related_person.%' then 'RelatedPerson/' || r.key else 'CareTeam/' || p.key end
  from events_event e join people_patient p on p.id = e.patient_id
  left join dossier_relatedperson r on r.id = e.subject_id and e.verb like 'related_person.%' and r.patient_id = e.patient_id
  join exchange_subscription s on s.active
  where actor_kind() = 'system' and e.id = p_event and e.at = p_at and split_part(e.verb, '.', 1) in ('related_person', 'participant', 'network')
    and (e.verb not like 'related_person.%' or r.id is not null)
    and exists (select 1 from trust_grant g where g.patient_id = e.patient_id and g.grantee = 'organisation:' || s.organisation_id
                and g.period @> now() and (g.own_categories >> 1) & 1 = 1)
$$;
revoke execute on function exchange_subscribers(bigint, timestamptz) from public;
grant execute on function exchange_subscribers(bigint, timestamptz) to nis_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0006_network_news"),
        ("dossier", "0008_network"),
        ("people", "0003_citizen_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.URLField()),
                ("secret", models.CharField(blank=True, max_length=80)),
                ("active", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-active", "made_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)),
                        fields=("organisation", "endpoint"),
                        name="subscription_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
