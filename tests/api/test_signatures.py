"""The names of the package, and the parameters that existing code passes by position."""

from __future__ import annotations

import inspect
import typing as t

import alembic
import pytest

import flask_migrate
from flask_migrate import Migrate

#: Name and default of every positional parameter, in order.
FUNCTIONS: dict[str, dict[str, t.Any]] = {
    "list_templates": {},
    "init": {"directory": None, "multidb": False, "template": None, "package": False},
    "revision": {
        "directory": None,
        "message": None,
        "autogenerate": False,
        "sql": False,
        "head": "head",
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "rev_id": None,
    },
    "migrate": {
        "directory": None,
        "message": None,
        "sql": False,
        "head": "head",
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "rev_id": None,
        "x_arg": None,
    },
    "edit": {"directory": None, "revision": "current"},
    "merge": {"directory": None, "revisions": "", "message": None, "branch_label": None, "rev_id": None},
    "upgrade": {"directory": None, "revision": "head", "sql": False, "tag": None, "x_arg": None},
    "downgrade": {"directory": None, "revision": "-1", "sql": False, "tag": None, "x_arg": None},
    "show": {"directory": None, "revision": "head"},
    "history": {"directory": None, "rev_range": None, "verbose": False, "indicate_current": False},
    "heads": {"directory": None, "verbose": False, "resolve_dependencies": False},
    "branches": {"directory": None, "verbose": False},
    "current": {"directory": None, "verbose": False},
    "stamp": {"directory": None, "revision": "head", "sql": False, "tag": None, "purge": False},
    "check": {"directory": None},
}

MIGRATE: dict[str, t.Any] = {
    "app": None,
    "db": None,
    "directory": "migrations",
    "command": "db",
    "compare_type": True,
    "render_as_batch": True,
}
INIT_APP: dict[str, t.Any] = {
    "app": inspect.Parameter.empty,
    "db": None,
    "directory": None,
    "command": None,
    "compare_type": None,
    "render_as_batch": None,
}


def positional(function: t.Callable[..., t.Any]) -> list[tuple[str, t.Any]]:
    """Name and default of every parameter that can be passed by position."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [(parameter.name, parameter.default) for parameter in parameters if parameter.kind in kinds]


def further(function: t.Callable[..., t.Any]) -> list[inspect.Parameter]:
    """The parameters that have no default and can't be passed by position, ``**kwargs`` apart."""
    parameters = inspect.signature(function).parameters.values()
    empty = inspect.Parameter.empty
    return [one for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY and one.default is empty]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    """The positional parameters are those of Flask-Migrate 4; everything new is optional and by keyword."""
    function = getattr(flask_migrate, name)
    assert positional(function) == list(FUNCTIONS[name].items())
    assert further(function) == []


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (Migrate, MIGRATE),
        (Migrate(None).init_app, INIT_APP),
        (Migrate(None).get_config, {"directory": None, "x_arg": None, "opts": None}),
    ],
    ids=["Migrate", "init_app", "get_config"],
)
def test_extension(function: t.Callable[..., t.Any], expected: dict[str, t.Any]) -> None:
    """The same holds for the extension object."""
    assert positional(function) == list(expected.items())
    assert further(function) == []


@pytest.mark.parametrize("function", [Migrate, Migrate(None).init_app])
def test_arguments_for_alembic(function: t.Callable[..., t.Any]) -> None:
    """Any other keyword is accepted, for Alembic's ``context.configure()``."""
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    assert kinds[-1] is inspect.Parameter.VAR_KEYWORD


@pytest.mark.parametrize("name", flask_migrate.__all__)
def test_public_name(name: str) -> None:
    """Every public name is there, and listed."""
    assert getattr(flask_migrate, name) is not None
    assert name in dir(flask_migrate)


def test_unknown_name() -> None:
    """A name that is not there is the usual error."""
    with pytest.raises(AttributeError, match=r"module 'flask_migrate' has no attribute 'upgarde'$"):
        _ = flask_migrate.upgarde


def test_alembic_version() -> None:
    """``alembic_version`` is a tuple of three numbers."""
    numbers = tuple(int(number) for number in alembic.__version__.split(".")[:3])
    assert flask_migrate.alembic_version == numbers
    assert len(numbers) == 3


def test_config_is_alembics() -> None:
    """``flask_migrate.Config`` is a config of Alembic that knows the templates of this package."""
    from alembic.config import Config

    assert issubclass(flask_migrate.Config, Config)
    templates = inspect.getmodule(flask_migrate.Config).TEMPLATES  # type: ignore[union-attr]  # it has a module
    assert flask_migrate.Config().get_template_directory() == str(templates)
