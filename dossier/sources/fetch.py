"""Fetches what one source system holds on one patient: finds the person, asks per category, keeps only what is right."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from datetime import date
from queue import Empty, SimpleQueue

from dossier.sources import shared
from dossier.sources.batch import AT_ONCE, NO_BATCH, answers_of, batch_of
from dossier.sources.bundles import Arrived, arrived, entries_of, next_of
from dossier.sources.check import fault_of, tidy
from dossier.sources.classify import BY_TYPE, category_of
from dossier.sources.codes import BSN
from dossier.sources.companions import companions
from dossier.sources.mishap import Mishap
from dossier.sources.owner import WITHOUT_SUBJECT, Owner, normal_bsn, pick_patient
from dossier.sources.pools import callers
from dossier.sources.present import present
from dossier.sources.queries import Query, newest_first, queries_for
from dossier.sources.reading import Json, clean, concept_text, dicts, first
from dossier.sources.results import CategoryResult, Fact, FetchResult, Outcome, SetAside, SourceConfig, UserContext
from dossier.sources.stu3 import has_strange, to_r4
from dossier.sources.wire import MAX_CONNECTIONS, Wire
from trust.categories import Category

_WITHOUT_LASTN = frozenset({"not-supported", "status-400"})
_FAILURES = (Outcome.NO_ANSWER, Outcome.FAULT, Outcome.REFUSED)


@dataclass
class _Answer:
    """What one query has brought so far; filled page by page, so that a deadline keeps what has arrived."""

    query: Query
    outcome: Outcome = Outcome.NO_ANSWER
    reason: str = "busy"
    complete: bool = False
    resources: list[Arrived] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    troubled: bool = False


def fetch_record(
    source: SourceConfig,
    bsn: str,
    birth_date: date,
    categories: set[int],
    deadline_seconds: float,
    request_id: str,
    user_context: UserContext | None = None,
) -> FetchResult:
    """Everything of `categories` that `source` holds on the person with this BSN and date of birth, within
    `deadline_seconds` in all. Only that person's data comes back; what cannot be trusted or read is set aside with a
    reason. Never raises for what the other side does: see `Outcome`. The BSN travels in a POST body only."""
    started = time.monotonic()
    asked = frozenset(int(item) for item in categories)
    served = asked & source.categories if source.categories else asked
    blank = FetchResult(source, Outcome.NOTHING)
    if not served:
        return replace(blank, reason="not-served")
    number = normal_bsn(bsn)
    if not number:
        return replace(blank, outcome=Outcome.FAULT, reason="no-bsn")
    passage = shared.enter(source, deadline_seconds)
    if passage == "open":
        closed = replace(blank, outcome=Outcome.NO_ANSWER, reason="breaker-open")
        return replace(closed, categories=_all_same(served, closed))
    try:
        wire = Wire(source, started + deadline_seconds, request_id, user_context)
    except Mishap as mishap:
        result = replace(blank, outcome=mishap.outcome, reason=mishap.reason)
        result = replace(result, categories=_all_same(served, result))
    else:
        try:
            result = _Fetch(source, wire, number, birth_date, served).run()
        finally:
            wire.close()
    result = replace(result, seconds=round(time.monotonic() - started, 3))
    shared.leave(source, passage, result)
    return result


def _all_same(categories: Iterable[int], result: FetchResult) -> dict[int, CategoryResult]:
    """Every category went as the whole did."""
    whole = result.outcome is Outcome.NOTHING
    return {c: CategoryResult(c, result.outcome, result.reason, whole) for c in sorted(categories)}


class _Fetch:
    def __init__(self, source: SourceConfig, wire: Wire, bsn: str, born: date, categories: frozenset[int]) -> None:
        self.source, self.wire, self.bsn, self.born, self.categories = source, wire, bsn, born, categories
        self.facts: dict[tuple[str, str], Fact] = {}
        self.set_aside: dict[tuple[str, str, str], SetAside] = {}
        self.messages: list[str] = []
        self.foreign: set[tuple[str, str]] = set()
        self.outside: set[tuple[str, str]] = set()
        self.beside: list[Json] = []
        self.read: dict[tuple[str, str], tuple[Json, tuple[Json, str]]] = {}

    def run(self) -> FetchResult:
        try:
            patient, owner, stop = self._find()
            if owner is None or patient is None:
                return replace(stop, categories=_all_same(self.categories, stop))
            if Category.IDENTITY in self.categories:
                translated, problem = self._read(patient)
                self._keep(translated, patient, int(Category.IDENTITY), self._around(), problem)
            answers = self._ask_all(owner)
        finally:
            self.wire.close()
        for answer in answers:
            self._take(answer, owner)
        return self._conclude(answers)

    def _find(self) -> tuple[Json | None, Owner | None, FetchResult]:
        """The patient at this source, or the reason there is none."""
        blank = FetchResult(self.source, Outcome.NO_ANSWER, "deadline")
        found: list[tuple[str, Json]] = []
        future = callers().submit(self._search_patient, found)
        wait([future], timeout=max(self.wire.left(), 0))
        if not future.done():
            return None, None, replace(blank, reason="busy" if future.cancel() else "deadline")
        try:
            future.result()
        except Mishap as mishap:
            reason = "no-patient-search" if mishap.reason == "not-supported" else mishap.reason
            return None, None, replace(blank, outcome=mishap.outcome, reason=reason)
        entries = [(url, resource) for url, resource in found if resource.get("resourceType") == "Patient"]
        self.beside = [resource for _, resource in found if resource.get("resourceType") in WITHOUT_SUBJECT]
        patient, full_url, reason = pick_patient(entries, self.bsn, self.born)
        foreign = len(entries) if reason == "other-person" else 0
        if patient is None:
            outcome = Outcome.FAULT if reason else Outcome.NOTHING
            return None, None, replace(blank, outcome=outcome, reason=reason or "unknown-patient", foreign=foreign)
        patient_id = patient.get("id")
        if not isinstance(patient_id, str) or not patient_id or self.bsn.lstrip("0") in patient_id:
            return None, None, replace(blank, outcome=Outcome.FAULT, reason="unusable-patient-id")
        bases = (self.wire.base, *(alias.rstrip("/") for alias in self.source.aliases))
        return patient, Owner(patient_id, bases, self.bsn, full_url), blank

    def _search_patient(self, found: list[tuple[str, Json]]) -> None:
        """The person and, as the BgZ asks it, the general practitioner beside."""
        form = {"identifier": f"{BSN}|{self.bsn}", "_include": "Patient:general-practitioner"}
        for entry in entries_of(self.wire.post("Patient/_search", form)):
            found.append((str(entry.get("fullUrl") or ""), first(entry.get("resource"))))

    def _around(self) -> dict[str, Json]:
        """What came along with the person, by its reference."""
        read = [self._read(resource) for resource in self.beside]
        return {f"{one['resourceType']}/{one.get('id')}": one for one, problem in read if not problem}

    def _ask_all(self, owner: Owner) -> list[_Answer]:
        """Each query's answer as far as it came before the deadline; no more threads than connections, whatever there is to ask."""
        answers = [_Answer(query) for query in queries_for(self.source.fhir_version, self.categories)]
        together = math.ceil(len(answers) / AT_ONCE) if self.source.batch else 1
        waiting: SimpleQueue[list[_Answer]] = SimpleQueue()
        for start in range(0, len(answers), max(together, 1)):
            waiting.put(answers[start : start + together])

        def work() -> None:
            while True:
                try:
                    some = waiting.get_nowait()
                except Empty:
                    return
                for answer in some:
                    answer.reason = "deadline"
                for alone in [some[0]] if len(some) == 1 else self._ask_together(some, owner):
                    self._ask(alone, owner)

        running: list[Future[None]] = [callers().submit(work) for _ in range(min(MAX_CONNECTIONS, waiting.qsize()))]
        wait(running, timeout=max(self.wire.left(), 0))
        for future in running:
            future.cancel()
        # Who was too late may still write in its own answer, and not in what is judged.
        return [replace(one, resources=list(one.resources), messages=list(one.messages)) for one in answers]

    def _search(self, owner: Owner, parameters: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return [("patient", owner.patient_id), *parameters, ("_count", str(self.source.page_size))]

    def _ask_together(self, answers: list[_Answer], owner: Owner) -> list[_Answer]:
        """Ask several searches in one question; returns those that must be asked by themselves."""
        searches = [(one.query.path, self._search(owner, one.query.parameters)) for one in answers]
        try:
            found = answers_of(self.wire.batch(batch_of(searches)), len(answers))
        except Mishap as mishap:
            if mishap.reason in NO_BATCH:
                return answers
            for answer in answers:
                answer.outcome, answer.reason = mishap.outcome, mishap.reason
            return []
        alone = []
        for answer, bundle in zip(answers, found, strict=True):
            if not isinstance(bundle, Mishap):
                self._to_the_end(answer, owner, answer.query.path, bundle)
            elif answer.query.plain and bundle.reason in _WITHOUT_LASTN:
                alone.append(answer)
            else:
                answer.outcome, answer.reason = bundle.outcome, bundle.reason
        return alone

    def _ask(self, answer: _Answer, owner: Owner) -> None:
        query = answer.query
        try:
            path, parameters = query.path, list(query.parameters)
            try:
                bundle = self.wire.get(path, self._search(owner, parameters))
            except Mishap as mishap:
                if not query.plain or mishap.reason not in _WITHOUT_LASTN:
                    raise
                path, parameters = query.plain
                bundle = self.wire.get(path, self._search(owner, parameters))
        except Mishap as mishap:
            answer.outcome, answer.reason = mishap.outcome, mishap.reason
        else:
            self._to_the_end(answer, owner, path, bundle)

    def _to_the_end(self, answer: _Answer, owner: Owner, path: str, bundle: Json) -> None:
        """The first page of an answer, and all further ones as far as they come."""
        try:
            self._pages(answer, owner, path, bundle)
        except Mishap as mishap:
            answer.outcome, answer.reason = mishap.outcome, mishap.reason

    def _pages(self, answer: _Answer, owner: Owner, path: str, bundle: Json) -> None:
        """All pages of one search. Raises ``Mishap``; what came before it stays."""
        seen: set[str] = set()
        for page in range(self.source.page_limit):
            self._collect(bundle, answer, owner)
            link = next_of(bundle)
            if not link:
                answer.outcome = Outcome.ANSWERED
                answer.reason = "source-reports-error" if answer.troubled else ""
                answer.complete = not answer.troubled
                return
            if link in seen:
                raise Mishap(Outcome.FAULT, "pages-in-a-circle")
            seen.add(link)
            if page + 1 < self.source.page_limit:
                bundle = self.wire.follow(link, f"{self.wire.base}/{path}")
        raise Mishap(Outcome.FAULT, "too-many-pages")

    def _collect(self, bundle: Json, answer: _Answer, owner: Owner) -> None:
        for one in arrived(entries_of(bundle), owner):
            resource = one.resource
            if resource.get("resourceType") == "OperationOutcome":
                for issue in dicts(resource.get("issue")):
                    answer.messages.append(
                        (concept_text(issue.get("details")) or clean(issue.get("diagnostics")))[:200]
                    )
                    answer.troubled = answer.troubled or issue.get("severity") in ("fatal", "error")
            else:
                answer.resources.append(one)

    def _take(self, answer: _Answer, owner: Owner) -> None:
        """Judges what a query brought: whose it is, whether it can be read, which category it is."""
        self.messages += answer.messages
        nearby: dict[str, Json] = {}
        candidates: list[tuple[Json, Arrived]] = []
        for one in answer.resources:
            kind, source_id = str(one.resource.get("resourceType") or "")[:40], str(one.resource.get("id") or "")[:80]
            problem = owner.owns(one.resource)
            if problem == "other-patient":
                self.foreign.add((kind, source_id))
                self._put_aside(answer.query, kind, "", problem)
                continue
            translated, problem = self._read(one.resource) if not problem else (one.resource, problem)
            unheard_of = problem == "unknown-type"
            if problem and not unheard_of:
                self._put_aside(answer.query, kind, source_id, problem)
                continue
            nearby[f"{translated['resourceType']}/{translated.get('id')}"] = translated
            candidates.append((translated, one if not unheard_of else replace(one, asked=False)))
        for translated, one in candidates:
            if not one.asked or translated["resourceType"] in answer.query.fact_kinds:
                self._sort(translated, one.original, nearby)

    def _read(self, original: Json) -> tuple[Json, str]:
        """The resource in R4 and the reason it cannot be used, if any; what several searches bring is read once."""
        key = str(original.get("resourceType")), str(original.get("id"))
        former = self.read.get(key)
        if former is None or former[0] != original:
            former = self.read[key] = (original, self._read_one(original))
        return former[1]

    def _read_one(self, original: Json) -> tuple[Json, str]:
        try:
            translated = to_r4(original) if self.source.fhir_version == "STU3" else tidy(original)
            fault = fault_of(translated)
            if fault and self.source.fhir_version == "R4":
                # Some give resources in the form of STU3 under the name of R4; the shape counts.
                other = to_r4(original)
                if not fault_of(other) and not has_strange(other):
                    return other, ""
            return translated, fault
        except Exception:
            return original, "not-understood"

    def _sort(self, translated: Json, original: Json, nearby: dict[str, Json]) -> None:
        category = int(category_of(translated))
        kind, source_id = str(translated["resourceType"]), str(translated.get("id") or "")
        if category in self.categories:
            self._keep(translated, original, category, nearby)
        else:
            self.outside.add((kind, source_id))

    def _keep(
        self, translated: Json, original: Json, category: int, nearby: dict[str, Json], problem: str = ""
    ) -> None:
        kind, source_id = str(translated.get("resourceType")), str(translated.get("id") or "")
        related = tuple(companions(translated, nearby, self.categories))
        former = self.facts.get((kind, source_id))
        if former and not problem and former.resource == translated and former.related == related:
            return
        line = None
        try:
            line = None if problem else present(translated, related)
        except Exception:
            problem = "not-presentable"
        if line is None:
            self.set_aside[(kind, source_id, problem)] = SetAside(kind, source_id[:80], category, problem)
            return
        own = original if self.source.fhir_version == "STU3" or original != translated else None
        self.facts[(kind, source_id)] = Fact(kind, source_id, category, line, translated, own, related)

    def _put_aside(self, query: Query, kind: str, source_id: str, reason: str) -> None:
        category = next(iter(sorted(query.categories & self.categories)))
        own = BY_TYPE.get(kind)
        if own is not None and int(own) in self.categories:
            category = int(own)
        self.set_aside.setdefault((kind, source_id, reason), SetAside(kind, source_id, category, reason))

    def _conclude(self, answers: list[_Answer]) -> FetchResult:
        parts = {category: self._category(category, answers) for category in sorted(self.categories)}
        outcomes = [part.outcome for part in parts.values()]
        outcome, reason = Outcome.NOTHING, "no-data"
        if Outcome.ANSWERED in outcomes:
            outcome, reason = Outcome.ANSWERED, ""
        else:
            for failure in _FAILURES:
                if failure in outcomes:
                    outcome = failure
                    reason = next(part.reason for part in parts.values() if part.outcome is failure)
                    break
        return FetchResult(
            source=self.source,
            outcome=outcome,
            reason=reason,
            categories=parts,
            facts=tuple(
                sorted(
                    self.facts.values(),
                    key=lambda fact: (fact.category, newest_first(fact.line.date), fact.kind, fact.source_id),
                )
            ),
            set_aside=tuple(self.set_aside.values()),
            foreign=len(self.foreign),
            outside=len(self.outside),
            messages=tuple(dict.fromkeys(text for text in self.messages if text)),
        )

    def _category(self, category: int, answers: list[_Answer]) -> CategoryResult:
        asked = [answer for answer in answers if category in answer.query.categories]
        count = sum(fact.category == category for fact in self.facts.values())
        able = [answer for answer in asked if answer.reason != "not-supported"]
        if asked and not able:
            return CategoryResult(category, Outcome.FAULT, "not-supported", False, count)
        failed = sorted(
            (answer for answer in able if answer.outcome in _FAILURES),
            key=lambda answer: _FAILURES.index(answer.outcome),
        )
        unread = any(item.category == category and item.reason != "other-patient" for item in self.set_aside.values())
        complete = not unread and all(answer.complete for answer in able)
        reason = failed[0].reason if failed else next((answer.reason for answer in able if answer.reason), "")
        reason = reason or ("set-aside" if unread else "")
        if failed and not count:
            return CategoryResult(category, failed[0].outcome, reason, False, 0)
        outcome = Outcome.ANSWERED if count or unread else Outcome.NOTHING
        return CategoryResult(category, outcome, reason, complete, count)
