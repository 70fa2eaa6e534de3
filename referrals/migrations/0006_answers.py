"""The answers to the form of a service that go with a referral: content as the letter is."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = r"""
call referrals_protect_content('referrals_questionnaireresponse');
revoke update, delete on referrals_questionnaireresponse from nis_app;
call trust_protect_restricted('referrals_questionnaireresponse');
-- Answers that the record filled in are not read where one of its categories may not go.
create policy left_out on referrals_questionnaireresponse as restrictive for select to nis_app using (
  not exists (select 1 from referrals_referral r where r.id = referral_id and r.receiving_organisation_id = (select actor_organisation())
              and r.sending_organisation_id is distinct from (select actor_organisation()) and r.left_out & kinds <> 0));
-- Who reads them otherwise than as a party, such as who acts for the person, reads them where all those categories are open.
create policy taken_over on referrals_questionnaireresponse as restrictive for select to nis_app using (
  kinds = 0 or (select actor_kind()) in ('anonymous', 'system')
  or exists (select 1 from referrals_referral r where r.id = referral_id
             and (select actor_organisation()) in (r.sending_organisation_id, r.receiving_organisation_id))
  or not exists (select 1 from generate_series(0, 19) k where kinds >> k & 1 = 1
                 and (patient_id * 64 + k) <> all((select trust_opened())::bigint[])));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_citizen_account"),
        ("referrals", "0005_reporting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuestionnaireResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("questionnaire", models.CharField(max_length=60)),
                ("answers", models.JSONField()),
                ("kinds", models.BigIntegerField(db_default=0, default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="responses", to="referrals.referral"
                    ),
                ),
                (
                    "step",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response",
                        to="referrals.step",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["referral", "-at"], name="response_of_referral")]},
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
