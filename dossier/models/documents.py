"""Documents of the network's own record: what each version is, and its content, sealed in parts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.models import Organisation, Patient, User
from trust.categories import Category


class Document(models.Model):
    """One version of a document: a letter, a report, a photograph (zib and IHE: DocumentReference).

    Signed as an entry is; a newer version takes its place and the older one stays (Wgbo art. 7:454 BW). The content stands
    in parts, each sealed with this version's own key; that key is kept wrapped by the key named ``key_id``, which is not in
    the database. ``scanned_at`` is empty when no virus scanner was connected.
    """

    class Kind(models.TextChoices):
        """What sort of document it is."""

        LETTER = "letter", _("brief")
        REPORT = "report", _("verslag")
        RESULT = "result", _("uitslag")
        PLAN = "plan", _("plan")
        WILL = "will", _("wilsverklaring")
        FORM = "form", _("formulier")
        PICTURE = "picture", _("foto of scan")
        OTHER = "other", _("ander document")

    class Format(models.TextChoices):
        """The form of its content, read from the content itself."""

        PDF = "pdf", "PDF"
        PNG = "png", _("afbeelding (PNG)")
        JPEG = "jpg", _("afbeelding (JPEG)")
        WEBP = "webp", _("afbeelding (WebP)")
        HEIC = "heic", _("afbeelding (HEIC)")
        DOCX = "docx", _("Word-document")
        XLSX = "xlsx", _("Excel-werkblad")
        PPTX = "pptx", _("PowerPoint-presentatie")
        ODT = "odt", _("OpenDocument-tekst")
        TEXT = "txt", _("platte tekst")

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "category": "health",
        "kind": "health",
        "title": "health",
        "file_name": "health",
        "on_date": "health",
        "author": "account",
        "author_name": "contact",
        "author_role": "contact",
    }

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=160)
    on_date = models.DateField(default=timezone.localdate)
    file_name = models.CharField(max_length=120)
    format = models.CharField(max_length=4, choices=Format)
    size = models.PositiveIntegerField()
    scanned_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=160)
    author_role = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    key_id = models.CharField(max_length=40)
    wrapped_key = models.BinaryField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-on_date"], name="document_patient"),
            models.Index(fields=["key_id"], name="document_key"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="document_not_empty"),
            models.CheckConstraint(condition=~models.Q(key_id=""), name="document_sealed"),
        ]

    def __str__(self) -> str:
        return f"document of patient {self.patient_id}"


class DocumentPart(models.Model):
    """One sealed piece of a document's content, at most a megabyte; readable to whom the document itself is."""

    PERSONAL: ClassVar[dict[str, str]] = {"patient": "identity", "category": "health", "sealed": "health"}

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="parts")
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(choices=Category)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["document_id", "number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="document_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of document {self.document_id}"
