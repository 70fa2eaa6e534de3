"""One building block of the medication process, read from a FHIR resource and kept with the fact as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from dossier.medication import periods
from dossier.medication.codes import ATC, BY_CATEGORY, BY_PROFILE, BY_TYPE, PRODUCT_SYSTEMS, STOPS, Kind, Stop, Use
from dossier.medication.doses import Daily, daily_of
from dossier.medication.periods import Span
from dossier.sources.reading import (
    Json,
    as_number,
    clean,
    code_set,
    concept_text,
    dicts,
    dosage_text,
    extension_text,
    extensions,
    first,
    index_nearby,
    keys,
    notes,
    quantity_text,
    reference_text,
    sentence,
)

ENDED_STATUSES = frozenset({"completed", "stopped", "cancelled", "ended", "revoked", "declined"})
HELD_STATUSES = frozenset({"on-hold", "suspended"})


@dataclass(frozen=True)
class Block:
    """A building block as the source gave it, with where it came from.

    Dates are FHIR dates, whole or partial. ``own`` and the relations are ``system|value`` of business identifiers.
    ``doubts`` are words of :data:`dossier.medication.words.NOTES`: why the block cannot be read for certain. ``status`` is the
    source's word; it decides nothing of an agreement (MP9: always ``unknown``), and only tells of a use or an error.
    """

    ref: str = ""
    source: str = ""
    holder: str = ""
    kind: Kind = Kind.OTHER
    treatment: str = ""
    own: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    based_on: tuple[str, ...] = ()
    product: str = ""
    codes: tuple[str, ...] = ()
    dosage: str = ""
    rendered: bool = False
    daily: Daily | None = None
    start: str = ""
    end: str = ""
    duration: float | None = None
    duration_unit: str = ""
    condition: str = ""
    stop: Stop = Stop.NONE
    agreed: str = ""
    registered: str = ""
    prescriber: str = ""
    supplier: str = ""
    author: str = ""
    informant: str = ""
    by_patient: bool = False
    reason: str = ""
    change_reason: str = ""
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    status: str = ""
    as_agreed: bool | None = None
    use: Use = Use.UNSAID
    in_error: bool = False
    doubts: tuple[str, ...] = ()
    copy: bool = False
    given: str = ""
    lasts_days: float | None = None
    fetched: str = ""

    @cached_property
    def span(self) -> Span:
        """The period of use: the end as given, else from start and duration."""
        start = periods.moment(self.start)
        end = periods.moment(self.end, last=True)
        if end is None and start is not None and self.duration is not None:
            end = periods.after(start, self.duration, self.duration_unit)
        return Span(start, end)

    @cached_property
    def at(self) -> datetime | None:
        """When it was agreed, said or registered, whichever is last."""
        found = [moment for text in (self.registered, self.agreed) if (moment := periods.moment(text))]
        return max(found, default=None)

    @property
    def on(self) -> str:
        """The date of the source."""
        return self.agreed or self.registered

    @cached_property
    def names(self) -> frozenset[str]:
        """What tells that two blocks are about the same medicine, strength and form."""
        found = {code for code in self.codes if code.split("|", 1)[0] in PRODUCT_SYSTEMS}
        name = " ".join(self.product.lower().split())
        return frozenset(found | ({f"name|{name}"} if name else set()))

    @cached_property
    def substances(self) -> frozenset[str]:
        """The active substance (ATC, fifth level)."""
        return frozenset(code for code in self.codes if code.startswith(f"{ATC}|") and len(code.split("|", 1)[1]) == 7)

    def kept(self) -> Json:
        """What is kept with the fact: only what differs from nothing said."""
        whole = asdict(self)
        return {one.name: whole[one.name] for one in fields(self) if whole[one.name] != one.default}


_KNOWN = frozenset(one.name for one in fields(Block))


def read_block(kept: Json, **origin: Any) -> Block:
    """The block of what was kept, with its origin (ref, source, holder, fetched, warnings)."""
    values: dict[str, Any] = {name: _frozen(value) for name, value in kept.items() if name in _KNOWN}
    daily = kept.get("daily")
    values["daily"] = Daily(**daily) if isinstance(daily, dict) else None
    values["kind"], values["stop"] = Kind(kept.get("kind", "other")), Stop(kept.get("stop", ""))
    values["use"] = Use(kept.get("use", ""))
    return Block(**{**values, **origin})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def block_of(resource: Json, related: Iterable[Json] = ()) -> Json | None:
    """What is kept of an R4 resource that is a building block of the medication process; None for any other resource.

    ``related`` are resources that came along (the product, the prescriber). Never raises on odd input: what cannot be read
    is left out and named among the doubts.
    """
    kind = _kind(resource)
    if kind is None:
        return None
    nearby = index_nearby(resource, related)
    reading = _Reading(resource, nearby, kind)
    return reading.block().kept()


def _kind(resource: Json) -> Kind | None:
    of_type = BY_TYPE.get(str(resource.get("resourceType")))
    if of_type is None:
        return Kind.OTHER if resource.get("resourceType") == "Medication" else None
    for code in sorted(code_set(resource.get("category"))):
        if code in BY_CATEGORY and _fits(BY_CATEGORY[code], of_type):
            return BY_CATEGORY[code]
    for profile in first(resource.get("meta")).get("profile") or []:
        ending = str(profile).rsplit("/", 1)[-1].split("-")[-1]
        if ending in BY_PROFILE and _fits(BY_PROFILE[ending], of_type):
            return BY_PROFILE[ending]
    return of_type


_SHAPES = {Kind.MA: (Kind.MA, Kind.WDS, Kind.VV), Kind.MVE: (Kind.TA, Kind.MVE)}


def _fits(kind: Kind, of_type: Kind) -> bool:
    return kind in _SHAPES.get(of_type, (of_type,))


@dataclass
class _Reading:
    resource: Json
    nearby: dict[str, Json]
    kind: Kind
    doubts: list[str] = field(default_factory=list)

    def block(self) -> Block:
        one = self.resource
        dosage = dosage_text(one) or quantity_text(first(one.get("dosage")).get("dose"))
        start, end, duration, unit = self._period()
        rendered = extension_text(one, "RenderedDosageInstruction")
        status = str(one.get("status") or "")
        self._doubt()
        use = self._use(status)
        reasons = sentence(concept_text(item) for item in dicts(one.get("reasonCode")))
        problems = sentence(reference_text(item, self.nearby) for item in dicts(one.get("reasonReference")))
        stop = self._stop()
        changed = extension_text(one, "ReasonModificationOrDiscontinuation")
        # In MP9 the coded reason of an agreement says why it was changed or ended; why it was begun is the problem referred to.
        about_change = bool(self._replaced() or stop) and self.kind in (Kind.MA, Kind.WDS)
        return Block(
            kind=self.kind,
            treatment=_identifier(self._value("PharmaceuticalTreatment.Identifier", "valueIdentifier")),
            own=tuple(found for item in dicts(one.get("identifier")) if (found := _identifier(item))),
            replaces=self._replaced(),
            based_on=self._based_on(),
            product=self._product_name(),
            codes=self._codes(),
            dosage=rendered or dosage,
            rendered=bool(rendered),
            daily=daily_of(dicts(one.get("dosageInstruction")) + dicts(one.get("dosage")), rendered or dosage),
            start=start,
            end=end,
            duration=duration,
            duration_unit=unit,
            condition=extension_text(one, "PeriodOfUse.Condition", "PeriodOfUseCondition"),
            stop=stop,
            agreed=self._agreed(),
            registered=_text(self._value("RegistrationDateTime", "valueDateTime")),
            prescriber=self._who(one.get("requester"))
            or self._who(self._value("MedicationUse2.Prescriber", "valueReference"))
            or self._who(self._value("MedicationUse-Prescriber", "valueReference")),
            supplier=sentence(self._who(item.get("actor")) for item in dicts(one.get("performer"))),
            author=self._who(self._value("MedicationUse2.Author", "valueReference"))
            or self._who(self._value("MedicationUse-Author", "valueReference")),
            informant=self._who(one.get("informationSource")),
            by_patient=_points_at(one.get("informationSource"), "Patient/"),
            reason=sentence((problems, "" if about_change else reasons)),
            change_reason=sentence((changed, reasons if about_change else "", self._status_reason())),
            remarks=tuple(text for text in (*notes(one), *self._extra()) if text),
            status=status,
            as_agreed=self._as_agreed(),
            use=use,
            in_error=status == "entered-in-error",
            doubts=tuple(dict.fromkeys(self.doubts)),
            copy=any(item.get("valueBoolean") is not False for item in extensions(one, "CopyIndicator")),
            given=quantity_text(one.get("quantity")),
            lasts_days=self._lasts(),
        )

    def _value(self, name: str, kind: str) -> Any:
        return next((item.get(kind) for item in extensions(self.resource, name)), None)

    def _who(self, reference: Any) -> str:
        return reference_text(reference, self.nearby) if isinstance(reference, dict) else ""

    def _product(self) -> Json:
        reference = first(self.resource.get("medicationReference")).get("reference")
        return self.nearby.get(str(reference), {})

    def _product_name(self) -> str:
        coded = concept_text(self.resource.get("medicationCodeableConcept"))
        named = coded or reference_text(self.resource.get("medicationReference"), self.nearby)
        return named or concept_text(self.resource.get("code"))

    def _codes(self) -> tuple[str, ...]:
        product = self._product()
        found = keys(self.resource.get("medicationCodeableConcept"), product.get("code"), self.resource.get("code"))
        return tuple(code for code in found if not code.startswith("|"))

    def _period(self) -> tuple[str, str, float | None, str]:
        spans = [
            first(item.get("valuePeriod")) for item in extensions(self.resource, "TimeInterval.Period", "PeriodOfUse")
        ]
        spans += dicts(self.resource.get("effectivePeriod"))
        durations = [
            first(item.get("valueDuration") or item.get("valueQuantity"))
            for holder in (self.resource, *spans)
            for item in extensions(holder, "TimeInterval.Duration", "Duration")
        ]
        start = next((_text(span.get("start")) for span in spans if span.get("start")), "")
        end = next((_text(span.get("end")) for span in spans if span.get("end")), "")
        start = start or _text(self.resource.get("effectiveDateTime"))
        if self.kind in (Kind.MVE, Kind.MTD):
            start = start or _text(self.resource.get("whenHandedOver")) or _text(self.resource.get("whenPrepared"))
        amount = next((number for item in durations if (number := as_number(item.get("value"))) is not None), None)
        unit = next((str(item.get("code") or item.get("unit") or "") for item in durations), "")
        for text in (start, end):
            if text and periods.moment(text) is None:
                self.doubts.append("unreadable_date")
        if amount is not None and (began := periods.moment(start)) and periods.after(began, amount, unit) is None:
            self.doubts.append("unreadable_duration")
        return start, end, amount, unit

    def _agreed(self) -> str:
        one = self.resource
        found = _text(self._value("AdministrationAgreementDateTime", "valueDateTime"))
        for name in ("authoredOn", "dateAsserted", "whenHandedOver", "whenPrepared", "effectiveDateTime"):
            found = found or _text(one.get(name))
        return found if periods.moment(found) else ""

    def _stop(self) -> Stop:
        concepts = [item.get("valueCodeableConcept") for item in extensions(self.resource, "StopType")]
        if not concepts:
            return Stop.NONE
        for code in sorted(code_set(*concepts)):
            if code in STOPS:
                return STOPS[code]
        self.doubts.append("unknown_stop")
        return Stop.UNKNOWN

    def _doubt(self) -> None:
        if self.kind == Kind.OTHER:
            self.doubts.append("no_block")
        if self.resource.get("intent") in ("proposal", "plan", "option"):
            self.doubts.append("not_agreed")
        if self.resource.get("doNotPerform") is True:
            self.doubts.append("do_not")
        if not self._product_name():
            self.doubts.append("no_product")
        if self.kind == Kind.MA and self.resource.get("status") == "draft":
            self.doubts.append("not_agreed")

    def _use(self, status: str) -> Use:
        if self.kind != Kind.MGB:
            return Use.UNSAID
        if status in HELD_STATUSES:
            return Use.ON_HOLD
        if status in ("stopped", "not-taken"):
            return Use.NO
        # STU3 asks apart whether it is taken; the translation keeps "unk" and "na" as they came.
        taken = _text(self.resource.get("taken")) or extension_text(
            self.resource, "extension-MedicationStatement.taken"
        )
        return Use.UNSAID if taken in ("unk", "na") or status not in ("active", "completed") else Use.YES

    def _as_agreed(self) -> bool | None:
        value = self._value("AsAgreedIndicator", "valueBoolean")
        return value if isinstance(value, bool) else None

    def _status_reason(self) -> str:
        fields_ = ("statusReason", "statusReasonCodeableConcept")
        return sentence(concept_text(item) for name in fields_ for item in dicts(self.resource.get(name)))

    def _replaced(self) -> tuple[str, ...]:
        found = [first(self.resource.get("priorPrescription"))]
        if self.kind == Kind.WDS:
            found += [item for item in dicts(self.resource.get("basedOn")) if _categories(item) & {"395067002"}]
        return tuple(key for item in found if (key := _identifier(item.get("identifier"))))

    def _based_on(self) -> tuple[str, ...]:
        names = ("basedOn", "authorizingPrescription", "derivedFrom", "priorPrescription", "request")
        found = [item for name in names for item in dicts(self.resource.get(name))]
        found += [first(item.get("valueReference")) for item in extensions(self.resource, *_RELATIONS)]
        found += [first(deep.get("valueReference")) for item in found for deep in extensions(item, *_RELATIONS)]
        return tuple(dict.fromkeys(key for item in found if (key := _identifier(item.get("identifier")))))

    def _extra(self) -> Iterator[str]:
        yield extension_text(self.resource, "AdditionalInformation")
        if form := extension_text(self.resource, "DistributionForm"):
            yield form

    def _lasts(self) -> float | None:
        found = first(self.resource.get("daysSupply"))
        days = as_number(found.get("value"))
        return days if days is None or str(found.get("code") or found.get("unit")) not in ("wk",) else days * 7


_RELATIONS = (
    "RelationAdministrationAgreement",
    "RelationMedicationUse",
    "RelationMedicationAgreement",
    "RelationVariableDosingRegimen",
)


def _categories(reference: Json) -> frozenset[str]:
    return code_set(*(item.get("valueCodeableConcept") for item in extensions(reference, "ResourceCategory")))


def _identifier(value: Any) -> str:
    found = first(value)
    return f"{_text(found.get('system'))}|{_text(found.get('value'))}" if _text(found.get("value")) else ""


def _text(value: Any) -> str:
    return clean(value) or (value.strip() if isinstance(value, str) else "")


def _points_at(reference: Any, start: str) -> bool:
    found = first(reference)
    return start in str(found.get("reference") or "") or found.get("type") == start.rstrip("/")
