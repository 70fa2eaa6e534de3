"""What somebody is for a person: the code lists of the zibs ContactPerson and HealthProfessional, in Dutch words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Relationship(models.TextChoices):
    """How somebody is related to the person (zib ContactPerson, RelatieCodelijst: v3-RoleCode)."""

    DOMPART = "DOMPART", _("partner")
    HUSB = "HUSB", _("echtgenoot")
    WIFE = "WIFE", _("echtgenote")
    DAUC = "DAUC", _("dochter")
    SONC = "SONC", _("zoon")
    MTH = "MTH", _("moeder")
    FTH = "FTH", _("vader")
    SIS = "SIS", _("zus")
    BRO = "BRO", _("broer")
    DAUINLAW = "DAUINLAW", _("schoondochter")
    SONINLAW = "SONINLAW", _("schoonzoon")
    GRNDDAU = "GRNDDAU", _("kleindochter")
    GRNDSON = "GRNDSON", _("kleinzoon")
    NIECE = "NIECE", _("nicht (dochter van broer of zus)")
    NEPHEW = "NEPHEW", _("neef (zoon van broer of zus)")
    COUSN = "COUSN", _("neef of nicht (kind van oom of tante)")
    SISINLAW = "SISINLAW", _("schoonzus")
    BROINLAW = "BROINLAW", _("zwager")
    MTHINLAW = "MTHINLAW", _("schoonmoeder")
    FTHINLAW = "FTHINLAW", _("schoonvader")
    AUNT = "AUNT", _("tante")
    UNCLE = "UNCLE", _("oom")
    GRMTH = "GRMTH", _("oma")
    GRFTH = "GRFTH", _("opa")
    GGRMTH = "GGRMTH", _("overgrootmoeder")
    GGRFTH = "GGRFTH", _("overgrootvader")
    STPMTH = "STPMTH", _("stiefmoeder")
    STPFTH = "STPFTH", _("stiefvader")
    ADOPTM = "ADOPTM", _("adoptiemoeder")
    ADOPTF = "ADOPTF", _("adoptievader")
    MTHFOST = "MTHFOST", _("pleegmoeder")
    FTHFOST = "FTHFOST", _("pleegvader")
    DAUFOST = "DAUFOST", _("pleegdochter")
    SONFOST = "SONFOST", _("pleegzoon")
    OTH = "OTH", _("anders")


class ContactRole(models.TextChoices):
    """What somebody is for the person (zib ContactPerson, RolCodelijst: COD472 of Vektis, and four codes of the zib)."""

    FIRST = "01", _("eerste contactpersoon")
    SECOND = "02", _("tweede contactpersoon")
    CONTACT = "23", _("contactpersoon")
    CARER = "100001", _("mantelzorger")
    NEIGHBOUR = "19", _("buur")
    FRIEND = "20", _("vriend(in) of kennis")
    MENTOR = "15", _("mentor")
    CURATOR = "03", _("curator")
    ADMINISTRATOR = "14", _("bewindvoerder")
    GUARDIAN = "11", _("voogd")
    REPRESENTATIVE = "24", _("wettelijk vertegenwoordiger")
    AUTHORISED = "04", _("financieel gemachtigd")
    FINANCIAL_REVIEW = "05", _("financieel (toetsing)")
    SUPPORTER = "21", _("cliëntondersteuner")
    HELPER = "07", _("hulpverlener")
    HOUSEHOLD = "06", _("leefeenheid")
    CLERGY = "100002", _("geestelijk verzorger")
    INTERPRETER = "100003", _("tolk")
    LAWYER = "100004", _("advocaat")
    OTHER = "09", _("anders")


LEGAL = frozenset(
    {
        ContactRole.CURATOR,
        ContactRole.ADMINISTRATOR,
        ContactRole.MENTOR,
        ContactRole.GUARDIAN,
        ContactRole.REPRESENTATIVE,
    }
)
"""Roles given by a judge or the law (art. 1:378, 1:431 and 1:450 BW): an organisation that saw the paper keeps them, not the person."""


class Capacity(models.TextChoices):
    """In which capacity a professional takes part in the care (zib CareTeam and HealthProfessional, ZorgverlenerRolCodelijst)."""

    RESP = "RESP", _("hoofdbehandelaar")
    ATND = "ATND", _("behandelaar")
    CASE = "768832004", _("casemanager")
    PRF = "PRF", _("uitvoerder")
    SPRF = "SPRF", _("tweede uitvoerder")
    CON = "CON", _("consulent")
    REF = "REF", _("verwijzer")
    OTH = "OTH", _("anders")
