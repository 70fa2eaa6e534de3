"""The house rules: sweeps over what nobody remembers to test one by one."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from tests import factories

ROOT = Path(__file__).resolve().parent.parent
FLOORS = [
    ["workplace", "portal", "dashboards", "exchange", "oversight"],
    ["journeys", "programme", "rights"],
    ["consultations"],
    ["referrals"],
    ["square"],
    ["dossier"],
    ["trust"],
    ["people"],
    ["events"],
]
APPS = [app for floor in FLOORS for app in floor]


def _own_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def _floor(app: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if app in floor)


def _sources(*, rooms: set[str] | None = None) -> Iterator[tuple[Path, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts or "management" in path.parts:
                continue
            room = path.relative_to(ROOT / app).parts[0].removesuffix(".py")
            if rooms is None or room in rooms:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("app", APPS)
def test_every_app_says_in_one_sentence_what_it_is_for(app: str) -> None:
    assert (import_module(app).__doc__ or "").strip().endswith(".")


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path, tree in _sources() if not ast.get_docstring(tree) and path.stat().st_size
    ]
    assert not silent


def test_no_module_is_past_400_lines() -> None:
    long = [
        str(path.relative_to(ROOT))
        for path, _tree in _sources()
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert not long, "a room that wants to become a package, by noun"


@pytest.mark.parametrize("model", _own_models(), ids=lambda model: model.__name__)
def test_every_model_says_which_fields_are_personal(model: type[models.Model]) -> None:
    declared: dict[str, str] = getattr(model, "PERSONAL", None)  # type: ignore[assignment]
    assert declared is not None, "PERSONAL is missing"
    names = {field.name for field in model._meta.get_fields()} | {
        field.attname for field in model._meta.concrete_fields
    }
    assert set(declared) <= names
    assert set(declared.values()) <= {"identity", "health", "contact", "account"}
    for field in model._meta.concrete_fields:
        points_at = getattr(field.remote_field, "model", None)
        if points_at is not None and points_at.__name__ in {"Patient", "User"}:
            assert field.name in declared, f"{field.name} points at a person"


@pytest.mark.parametrize("model", _own_models(), ids=lambda model: model.__name__)
def test_keys_only_point_down(model: type[models.Model]) -> None:
    here = _floor(model._meta.app_label)
    for field in model._meta.concrete_fields:
        target = getattr(field.remote_field, "model", None)
        if target is not None and target._meta.app_label in APPS:
            there = _floor(target._meta.app_label)
            assert there > here or target._meta.app_label == model._meta.app_label, f"{field} points up"


@pytest.mark.django_db
def test_every_table_with_a_path_to_a_patient_is_under_forced_row_level_security() -> None:
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            select b.relation from ({factories.BOUND}) b join pg_class k on k.oid = b.relation::regclass
            where not (k.relrowsecurity and k.relforcerowsecurity)
               or not exists (select 1 from pg_policy p where p.polrelid = k.oid)
            """
        )
        bare = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "select c.relname from pg_class c where c.relispartition and c.relkind = 'r'"
            " and (has_table_privilege('nis_app', c.oid, 'select') or has_table_privilege('nis_app', c.oid, 'insert'))"
        )
        open_partitions = [name for (name,) in cursor.fetchall()]
    assert not bare, "a table about patients without a policy"
    assert not open_partitions, "a partition that goes round the policy of its table"


@pytest.mark.django_db
def test_without_an_actor_no_row_about_a_patient_is_read() -> None:
    gp = factories.member("gp")
    patient = factories.patient(related_to=[gp.organisation])
    factories.entry(patient, gp)
    factories.consent(patient)
    factories.fact(patient, factories.source(gp.organisation))
    for model in _own_models():
        with connection.cursor() as cursor:
            cursor.execute("select has_table_privilege(current_user, %s, 'select')", [model._meta.db_table])
            readable = cursor.fetchone()[0]
            names = {field.attname for field in model._meta.concrete_fields}
            if readable and (names & {"patient_id"} or model._meta.model_name == "patient"):
                cursor.execute(f"select count(*) from {model._meta.db_table}")
                assert cursor.fetchone()[0] == 0, model._meta.db_table


@pytest.mark.django_db
def test_no_function_of_the_owner_may_be_led_astray_or_called_by_everybody() -> None:
    with factories.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef"
            " and (p.proconfig is null or not exists (select 1 from unnest(p.proconfig) c where c like 'search_path=%%')"
            "      or exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0))"
        )
        loose = [name for (name,) in cursor.fetchall()]
    assert not loose, "a SECURITY DEFINER function without a fixed search path, or open to public"


def _public_functions(module: str) -> Iterator[Callable[..., object]]:
    if find_spec(module) is None:
        return
    loaded = import_module(module)
    for name, thing in vars(loaded).items():
        if inspect.isfunction(thing) and not name.startswith("_") and thing.__module__.startswith(module):
            yield thing


@pytest.mark.parametrize("app", [app for app in APPS if app != "events"])
def test_actions_take_keywords_and_who_does_it(app: str) -> None:
    for action in _public_functions(f"{app}.actions"):
        parameters = inspect.signature(action).parameters
        assert "by" in parameters, f"{action.__name__} does not ask who does it"
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values()), f"{action.__name__} takes more than keywords"


WRITING = {"save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}


def test_only_actions_write() -> None:
    guilty = []
    for path, tree in _sources(rooms={"views", "forms", "access", "api", "models", "moves"}):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
                owner = ast.unparse(node.func.value)
                if "objects" in owner or node.func.attr in {"save", "bulk_create", "get_or_create", "update_or_create"}:
                    if path.name == "models.py" and "user" in owner:
                        continue
                    guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}")
    assert not guilty


def test_no_room_is_called_after_nothing() -> None:
    for app in APPS:
        names = {path.stem for path in (ROOT / app).rglob("*.py")}
        assert not names & {"utils", "common", "core", "helpers", "signals", "managers"}, app


def test_there_are_no_generic_keys_and_no_signals() -> None:
    for path, tree in _sources():
        text = ast.unparse(tree)
        assert "GenericForeignKey" not in text, path
        assert "django.dispatch" not in text, path


def test_migrations_are_linear_named_and_on_their_own() -> None:
    loader = MigrationLoader(None)
    for app in APPS:
        leaves = loader.graph.leaf_nodes(app)
        assert len(leaves) <= 1, f"{app} has two ends"
        for path in (ROOT / app / "migrations").glob("0*.py"):
            assert "auto_" not in path.name, path.name


def test_every_template_says_what_it_needs() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if not path.read_text(encoding="utf-8").lstrip().startswith(("{# needs", "{# page"))
        and path.parts[-2] not in {"errors", "templates"}
    ]
    assert not silent


def test_a_form_in_a_part_has_its_proof_of_origin() -> None:
    """A part that is included with ``only`` knows no ``csrf_token`` unless it is given; what a browser sends of it is refused then."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    needing = {str(path.relative_to(ROOT / "templates")) for path, text in texts.items() if "{% csrf_token %}" in text}
    included = re.compile(r'{% include "([^"]+)"([^%]*)%}')
    wrong = [
        f"{path.name}: {part}"
        for path, text in texts.items()
        for part, given in included.findall(text)
        if part in needing and given.split()[-1:] == ["only"] and "csrf_token=" not in given
    ]
    assert not wrong


@pytest.mark.parametrize("words", [" style=", " onclick=", " onchange=", "<style", "|safe", "autoescape off"])
def test_templates_keep_to_the_content_security_policy(words: str) -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if words in path.read_text(encoding="utf-8") and "pdf" not in path.name and "letter" not in path.name
    ]
    assert not guilty
