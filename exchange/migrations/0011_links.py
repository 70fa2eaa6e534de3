"""Links by which participants without software answer a request."""

import django.db.models.deletion
from django.db import migrations, models

SQL = r"""
-- Who is asked and who referred know of the link; it is written by the machinery alone.
call trust_protect_index('exchange_answerlink');
call trust_grant_app('exchange_answerlink');
revoke delete on exchange_answerlink from nis_app;
create policy parties on exchange_answerlink for select to nis_app using ((select trust_meets_patients()) and (
  organisation_id = (select actor_organisation())
  or exists (select 1 from referrals_referral r where r.id = referral_id and r.sending_organisation_id = (select actor_organisation()))));
create policy machinery on exchange_answerlink to nis_app
  using ((select actor_kind()) = 'system') with check ((select actor_kind()) = 'system');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0010_partners"),
        ("people", "0003_citizen_account"),
        ("referrals", "0006_answers"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                (
                    "letter_way",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("waiting", "onderweg naar de beveiligde mailbox"),
                            ("secure", "met beveiligde e-mail verstuurd"),
                            ("unproven", "niet gemaild: niet aangetoond dat dit adres beveiligde e-mail aanneemt"),
                            ("refused", "niet gemaild: de mailbox nam de brief niet aan"),
                        ],
                        max_length=10,
                    ),
                ),
                ("lettered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="referrals.referral"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("referral", "round"), name="answer_link_once")],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
