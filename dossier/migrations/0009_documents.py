"""Documents: what each version is and its sealed content, under the same row-level security as entries."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

SQL = r"""
create procedure dossier_protect_document(p_table text) language plpgsql as $$
declare
  own text := '(organisation_id = any((select trust_owned())::bigint[]) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
  seen text := '(((organisation_id << 40) + patient_id * 64 + category) = any((select trust_opened_entries())::bigint[]) or ' || own || ')';
  written text := '(organisation_id = (select actor_organisation()) and (patient_id * 64 + category) = any((select trust_opened_own())::bigint[]))';
begin
  call trust_protect_index(p_table);
  call trust_grant_app(p_table);
  execute format('alter table %I add constraint %I check (category between 0 and 63)', p_table, p_table || '_category');
  execute format('revoke update, delete on %I from nis_app', p_table);
  execute format('create policy opened on %I for select to nis_app using %s', p_table, seen);
  execute format('create policy write on %I for insert to nis_app with check %s', p_table, written);
  execute format('create policy lock on %I for update to nis_app using %s with check (false)', p_table, seen);
end $$;
call dossier_protect_document('dossier_document');
call dossier_protect_document('dossier_documentpart');
drop procedure dossier_protect_document(text);
-- A part belongs to a document of the same holder, person and category: one that does not would make the whole unreadable.
create policy belongs on dossier_documentpart as restrictive for insert to nis_app with check (exists (
  select 1 from dossier_document d where d.id = document_id and d.patient_id = dossier_documentpart.patient_id
    and d.organisation_id = dossier_documentpart.organisation_id and d.category = dossier_documentpart.category));
-- Written once; to lock a version asks the right to update one of its columns, and the policy lets nothing be updated.
grant update (id) on dossier_document to nis_app;
create index dossier_document_opened on dossier_document (((organisation_id << 40) + patient_id * 64 + category));
-- What is sealed does not compress: it is kept beside the row as it is.
alter table dossier_documentpart alter column sealed set storage external;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossier", "0008_network"),
        ("people", "0003_citizen_account"),
        ("trust", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("letter", "brief"),
                            ("report", "verslag"),
                            ("result", "uitslag"),
                            ("plan", "plan"),
                            ("will", "wilsverklaring"),
                            ("form", "formulier"),
                            ("picture", "foto of scan"),
                            ("other", "ander document"),
                        ],
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=160)),
                ("on_date", models.DateField(default=django.utils.timezone.localdate)),
                ("file_name", models.CharField(max_length=120)),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("png", "afbeelding (PNG)"),
                            ("jpg", "afbeelding (JPEG)"),
                            ("webp", "afbeelding (WebP)"),
                            ("heic", "afbeelding (HEIC)"),
                            ("docx", "Word-document"),
                            ("xlsx", "Excel-werkblad"),
                            ("pptx", "PowerPoint-presentatie"),
                            ("odt", "OpenDocument-tekst"),
                            ("txt", "platte tekst"),
                        ],
                        max_length=4,
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("scanned_at", models.DateTimeField(blank=True, null=True)),
                ("author_name", models.CharField(max_length=160)),
                ("author_role", models.CharField(max_length=60)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("key_id", models.CharField(max_length=40)),
                ("wrapped_key", models.BinaryField(max_length=80)),
                (
                    "author",
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
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="dossier.document",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["patient", "-on_date"], name="document_patient"),
                    models.Index(fields=["key_id"], name="document_key"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="document_not_empty"),
                    models.CheckConstraint(condition=models.Q(("key_id", ""), _negated=True), name="document_sealed"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentPart",
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
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="dossier.document"
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.patient"
                    ),
                ),
            ],
            options={
                "ordering": ["document_id", "number"],
                "constraints": [models.UniqueConstraint(fields=("document", "number"), name="document_part_once")],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
