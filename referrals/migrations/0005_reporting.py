"""What the receiver reports to who referred."""

import django.db.models.deletion
from django.db import migrations, models

RIGHTS = r"""
call referrals_protect_content('referrals_report');
revoke update, delete on referrals_report from nis_app;
-- The letter is the sender's to write, the report the receiver's, while the record is open to it.
drop policy send on referrals_report;
create policy report on referrals_report for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and (patient_id * 64 + 12) = any((select trust_opened())::bigint[])
  and exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_report.patient_id
              and r.receiving_organisation_id = (select actor_organisation()) and r.status in ('accepted', 'in_progress')));
-- It is read with its step: what a former receiver reported is not for who is asked after it.
create policy own_round on referrals_report as restrictive for select to nis_app using (
  exists (select 1 from referrals_step s where s.id = step_id));
-- Who answers with advice alone does so before the name is known: what it writes it does not read again, the sender and the person do.
create policy advise on referrals_report for insert to nis_app with check (
  organisation_id = (select actor_organisation()) and (select trust_meets_patients())
  and exists (select 1 from referrals_referral r where r.id = referral_id and r.patient_id = referrals_report.patient_id
              and r.sensitivity = referrals_report.category and r.receiving_organisation_id = (select actor_organisation()) and r.status = 'requested'));
call trust_protect_restricted('referrals_report');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0004_sending"),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "step",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="report",
                        serialize=False,
                        to="referrals.step",
                    ),
                ),
                ("token", models.UUIDField(editable=False, unique=True)),
                (
                    "category",
                    models.SmallIntegerField(
                        choices=[
                            (0, "personalia en contact"),
                            (1, "zorgnetwerk en contactpersonen"),
                            (2, "problemen en diagnoses"),
                            (3, "medicatie"),
                            (4, "allergieën en overgevoeligheden"),
                            (5, "uitslagen en metingen"),
                            (6, "verrichtingen en contacten"),
                            (7, "functioneren en leefsituatie"),
                            (8, "wensen en behandelgrenzen"),
                            (9, "waarschuwingen"),
                            (10, "documenten"),
                            (11, "plan, doelen en afspraken"),
                            (12, "verwijzingen"),
                            (13, "consulten"),
                            (14, "geestelijke gezondheid"),
                            (15, "sociale situatie en ondersteuning"),
                            (16, "geldzaken"),
                            (17, "vaccinaties"),
                            (18, "afspraken"),
                            (19, "hulpmiddelen"),
                        ]
                    ),
                ),
                ("text", models.TextField()),
                ("plain", models.TextField(blank=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reports", to="referrals.referral"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
