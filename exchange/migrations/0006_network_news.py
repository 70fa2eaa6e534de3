"""News about the care network and about referrals that are stuck, kinds of their own."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_citizen_mail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notification",
            name="notification_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="notificationchoice",
            name="notification_choice_kind_known",
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("referral_received", "Verwijzingen naar uw organisatie"),
                    ("referral_news", "Nieuws over verwijzingen die u verstuurde of behandelt"),
                    ("stuck", "Verwijzingen die vastlopen in de regio"),
                    ("consultation_received", "Consulten die aan uw organisatie worden gevraagd"),
                    ("consultation_news", "Nieuws over consulten die u vroeg of beantwoordde"),
                    ("emergency", "Noodtoegang die u beoordeelt"),
                    ("request", "Verzoeken van inwoners over hun gegevens"),
                    ("network", "Wijzigingen in het zorgnetwerk waaraan u deelneemt"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="notificationchoice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("referral_received", "Verwijzingen naar uw organisatie"),
                    ("referral_news", "Nieuws over verwijzingen die u verstuurde of behandelt"),
                    ("stuck", "Verwijzingen die vastlopen in de regio"),
                    ("consultation_received", "Consulten die aan uw organisatie worden gevraagd"),
                    ("consultation_news", "Nieuws over consulten die u vroeg of beantwoordde"),
                    ("emergency", "Noodtoegang die u beoordeelt"),
                    ("request", "Verzoeken van inwoners over hun gegevens"),
                    ("network", "Wijzigingen in het zorgnetwerk waaraan u deelneemt"),
                ],
                max_length=30,
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "referral_received",
                            "referral_news",
                            "stuck",
                            "consultation_received",
                            "consultation_news",
                            "emergency",
                            "request",
                            "network",
                        ],
                    )
                ),
                name="notification_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notificationchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "referral_received",
                            "referral_news",
                            "stuck",
                            "consultation_received",
                            "consultation_news",
                            "emergency",
                            "request",
                            "network",
                        ],
                    )
                ),
                name="notification_choice_kind_known",
            ),
        ),
    ]
