"""Who everybody is: participants of the network, their people, and the persons whom it is about."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from guardian.models import UserObjectPermissionBase

from people.moves import Admission


class Domain(models.TextChoices):
    """The domain of care or support in which an organisation works."""

    GP = "gp", _("huisartsenzorg")
    HOME_CARE = "home_care", _("wijkverpleging en thuiszorg")
    MENTAL_HEALTH = "mental_health", _("geestelijke gezondheidszorg")
    HOSPITAL = "hospital", _("ziekenhuis")
    PHARMACY = "pharmacy", _("apotheek")
    SOCIAL = "social", _("sociaal domein")
    MUNICIPALITY = "municipality", _("gemeente")
    WELFARE = "welfare", _("welzijn")
    REGION = "region", _("regionale samenwerking")


class Role(models.TextChoices):
    """The role in which a person acts for an organisation; decides which categories of data are needed at all."""

    GP = "gp", _("huisarts")
    PRACTICE_NURSE = "practice_nurse", _("praktijkondersteuner")
    DISTRICT_NURSE = "district_nurse", _("wijkverpleegkundige")
    SOCIAL_WORKER = "social_worker", _("maatschappelijk werker")
    PSYCHOLOGIST = "psychologist", _("psycholoog")
    SPECIALIST = "specialist", _("medisch specialist")
    PHARMACIST = "pharmacist", _("apotheker")
    WELFARE_WORKER = "welfare_worker", _("welzijnswerker")
    COORDINATOR = "coordinator", _("regionaal coördinator")
    PRIVACY_OFFICER = "privacy_officer", _("functionaris gegevensbescherming")
    MANAGER = "manager", _("functioneel beheerder")


ROLES_OF: dict[str, tuple[Role, ...]] = {
    Domain.GP: (Role.GP, Role.PRACTICE_NURSE),
    Domain.HOME_CARE: (Role.DISTRICT_NURSE,),
    Domain.MENTAL_HEALTH: (Role.PSYCHOLOGIST,),
    Domain.HOSPITAL: (Role.SPECIALIST,),
    Domain.PHARMACY: (Role.PHARMACIST,),
    Domain.SOCIAL: (Role.SOCIAL_WORKER,),
    Domain.MUNICIPALITY: (Role.SOCIAL_WORKER,),
    Domain.WELFARE: (Role.WELFARE_WORKER,),
}
"""The roles that read records in each domain; what none of them needs is never shown there, whatever is chosen."""

CARE_ROLES = frozenset(role for roles in ROLES_OF.values() for role in roles)
"""The roles that meet patients; the others manage, coordinate or guard, and see no names."""


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Shapes in which organisations are asked for."""

    def admitted(self) -> OrganisationQuerySet:
        """Participants that were admitted and not suspended."""
        return self.filter(admission=Admission.ADMITTED)

    def caring(self) -> OrganisationQuerySet:
        """Those that give care or support; the region's own office does not."""
        return self.exclude(domain=Domain.REGION)


class Organisation(models.Model):
    """A participant of the network (FHIR Organization, zib HealthcareProvider), with the state of its admission (ViSD 4.2.1).

    ``municipality_code`` is the code of Statistics Netherlands (CBS) by which a municipality is known in iWmo and iJw.
    """

    PERSONAL: ClassVar[dict[str, str]] = {}

    name = models.CharField(max_length=160)
    domain = models.CharField(max_length=20, choices=Domain)
    admission = models.CharField(max_length=20, choices=Admission, default=Admission.APPLIED)
    admitted_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    ura = models.CharField(max_length=8, blank=True)
    agb = models.CharField(max_length=8, blank=True)
    kvk = models.CharField(max_length=8, blank=True)
    municipality_code = models.CharField(max_length=4, blank=True)
    may_process_bsn = models.BooleanField(default=False)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=6, blank=True)
    place = models.CharField(max_length=80, blank=True)
    municipality = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("see_dashboards", "may see the dashboards of the organisation"),
            ("manage_offer", "may edit the offer of the organisation"),
            ("manage_admission", "may admit participants to the network"),
            ("manage_policy", "may state what the organisation offers of its systems, and to whom"),
            ("manage_rules", "may state which categories each role needs"),
            (
                "manage_sources",
                "may connect the source systems of the organisation; for the region: see how all of them do",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ura="") | models.Q(ura__regex=r"^\d{8}$"), name="organisation_ura_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(agb="") | models.Q(agb__regex=r"^\d{8}$"), name="organisation_agb_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(kvk="") | models.Q(kvk__regex=r"^\d{8}$"), name="organisation_kvk_digits"
            ),
            models.UniqueConstraint(fields=["ura"], condition=~models.Q(ura=""), name="organisation_ura_unique"),
            models.CheckConstraint(
                condition=models.Q(municipality_code="")
                | models.Q(domain=Domain.MUNICIPALITY, municipality_code__regex=r"^\d{4}$"),
                name="organisation_municipality_digits",
            ),
            models.UniqueConstraint(
                fields=["municipality_code"],
                condition=~models.Q(municipality_code=""),
                name="organisation_municipality_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, username: str, *, name: str = "", email: str = "", password: str | None = None) -> User:
        """Make and save a user; without a password the person signs in through an identity provider only."""
        user = self.model(username=username, name=name, email=self.normalize_email(email))
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account. Of a citizen it holds no name and no address: those are in the record, under its protection."""

    PERSONAL: ClassVar[dict[str, str]] = {
        "username": "account",
        "name": "contact",
        "email": "contact",
        "password": "account",
        "last_login": "account",
    }

    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=160, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, choices=[("nl", "Nederlands"), ("en", "English")], default="nl")
    theme = models.CharField(
        max_length=10,
        choices=[
            ("", _("volgt het apparaat")),
            ("light", pgettext_lazy("theme", "licht")),
            ("dark", _("donker")),
            ("contrast", _("hoog contrast")),
        ],
        blank=True,
        default="",
    )
    density = models.CharField(max_length=10, choices=[("roomy", _("ruim")), ("dense", _("compact"))], default="roomy")

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.name or f"account {self.pk}"

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Whether an object permission was given; there are no permissions over all objects and no superusers."""
        from guardian.core import ObjectPermissionChecker

        if obj is None or not self.is_active:
            return False
        return perm.rsplit(".", maxsplit=1)[-1] in ObjectPermissionChecker(self).get_user_perms(obj)


class OrganisationPermission(UserObjectPermissionBase):
    """What a user may do in the name of one organisation beyond the own role; never about patient data."""

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account"}

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        pass


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Shapes in which memberships are asked for."""

    def current(self) -> MembershipQuerySet:
        """Memberships in force now, of admitted organisations."""
        return self.filter(period__contains=timezone.now(), organisation__admission=Admission.ADMITTED)


class Membership(models.Model):
    """A person working for an organisation in a role during a period (FHIR PractitionerRole)."""

    PERSONAL: ClassVar[dict[str, str]] = {"user": "account", "role": "account", "uzi": "account", "agb": "account"}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role)
    period = DateTimeRangeField()
    uzi = models.CharField(max_length=9, blank=True)
    agb = models.CharField(max_length=8, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation", "role"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"


class Gender(models.TextChoices):
    """Administrative gender as FHIR R4 names it (HL7 v3 AdministrativeGender M, F, UN, UNK)."""

    MALE = "male", _("man")
    FEMALE = "female", _("vrouw")
    OTHER = "other", _("anders")
    UNKNOWN = "unknown", _("onbekend")


class NameUse(models.TextChoices):
    """The order in which own and partner's name are used (zib NameInformation, FHIR humanname-assembly-order)."""

    OWN = "NL1", _("eigen naam")
    PARTNER = "NL2", _("naam van de partner")
    PARTNER_OWN = "NL3", _("naam van de partner, dan eigen naam")
    OWN_PARTNER = "NL4", _("eigen naam, dan naam van de partner")


class Patient(models.Model):
    """A citizen in the network (FHIR Patient): what a list needs to tell one person from another; the index of a record.

    Number, address and ways to reach are content and stand in :class:`PatientIdentity`.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "key": "identity",
        "initials": "identity",
        "first_names": "identity",
        "call_name": "identity",
        "own_prefix": "identity",
        "own_name": "identity",
        "partner_prefix": "identity",
        "partner_name": "identity",
        "name_use": "identity",
        "gender": "identity",
        "birth_date": "identity",
        "deceased_on": "identity",
        "place": "identity",
        "municipality": "identity",
        "account": "account",
    }

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    initials = models.CharField(max_length=20, blank=True)
    first_names = models.CharField(max_length=120, blank=True)
    call_name = models.CharField(max_length=60, blank=True)
    own_prefix = models.CharField(max_length=20, blank=True)
    own_name = models.CharField(max_length=80)
    partner_prefix = models.CharField(max_length=20, blank=True)
    partner_name = models.CharField(max_length=80, blank=True)
    name_use = models.CharField(max_length=3, choices=NameUse, default=NameUse.OWN)
    gender = models.CharField(max_length=10, choices=Gender, default=Gender.UNKNOWN)
    birth_date = models.DateField()
    deceased_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=80, blank=True)
    municipality = models.CharField(max_length=80, blank=True)
    account = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="patient")

    class Meta:
        indexes = [models.Index(fields=["birth_date"], name="patient_birth_date")]

    def __str__(self) -> str:
        return f"patient {self.pk}"

    @property
    def surname(self) -> str:
        """The surname with prefixes in the order the person uses it."""
        own = f"{self.own_prefix} {self.own_name}".strip()
        partner = f"{self.partner_prefix} {self.partner_name}".strip()
        orders = {"NL2": [partner], "NL3": [partner, own], "NL4": [own, partner]}
        parts = [part for part in orders.get(self.name_use, [own]) if part]
        return "-".join(parts) or own

    @property
    def name(self) -> str:
        """Initials and surname, as lists and letters show it: ``J.P.M. van Putten-van der Giessen``."""
        return f"{self.initials} {self.surname}".strip()

    @property
    def age(self) -> int:
        """Age in whole years, at death if the person has died."""
        on = self.deceased_on or timezone.localdate()
        return on.year - self.birth_date.year - ((on.month, on.day) < (self.birth_date.month, self.birth_date.day))


class PatientIdentity(models.Model):
    """Number, address and ways to reach a citizen; content of the record under the category of identity.

    The BSN may be processed by care providers and municipalities alone (Wabvpz, Wmo 2015, Jeugdwet); it is checked by the
    elfproef, is unique, and is never shown whole.
    """

    PERSONAL: ClassVar[dict[str, str]] = {
        "patient": "identity",
        "bsn": "identity",
        "street": "contact",
        "house_number": "contact",
        "postcode": "contact",
        "place": "contact",
        "phone": "contact",
        "email": "contact",
    }

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True, related_name="identity")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.SmallIntegerField(default=0)
    bsn = models.CharField(max_length=9, unique=True)
    street = models.CharField(max_length=120, blank=True)
    house_number = models.CharField(max_length=12, blank=True)
    postcode = models.CharField(max_length=6, blank=True)
    place = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return f"identity of patient {self.patient_id}"
