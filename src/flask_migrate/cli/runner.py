"""How a command runs: the app is loaded, its databases are named, errors become one sentence."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import typing as t

import click
from flask import Flask, has_app_context
from flask.cli import ScriptInfo
from flask.helpers import get_debug_flag

from ..errors import MigrateError
from .apps import load_app, own_places
from .output import diverted

Callback = t.TypeVar("Callback", bound=t.Callable[..., t.Any])

folder_option = click.option("-d", "--directory", help='Migration script directory (default is "migrations").')
x_arg_option = click.option(
    "-x", "--x-arg", multiple=True, help="Additional arguments consumed by custom env.py scripts."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
sql_option = click.option(
    "--sql", is_flag=True, help="Don't emit SQL to the database; write it to standard output instead."
)
tag_option = click.option("--tag", help='Arbitrary "tag" name, for custom env.py scripts.')
message_option = click.option("-m", "--message", help="Revision message; it becomes part of the file name.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Use more verbose output.")
branch_label_option = click.option("--branch-label", help="Specify a branch label to apply to the new revision.")
rev_id_option = click.option("--rev-id", help="Specify a revision id instead of generating one.")
lock_options = (
    click.option("--wait", type=click.FloatRange(0), help="Seconds to wait for another migration (default 600)."),
    click.option("--no-wait", is_flag=True, help="Exit with 6 at once when another migration runs."),
    click.option("--no-lock", is_flag=True, help="Take no lock, for poolers that can't hold sessions."),
)
timeout_options = (
    click.option(
        "--lock-timeout",
        type=click.FloatRange(0),
        help="Seconds that a statement waits for a busy table before it makes way and is retried (default 1).",
    ),
    click.option("--statement-timeout", type=click.FloatRange(0), help="Seconds that a statement may take."),
)

#: Settings of a command whose argument may be ``-2``, which looks like an option; :func:`no_option` looks after it.
TAKES_STEPS = {"ignore_unknown_options": True}


def no_option(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """The callback of an argument that may be a number of steps, ``-2``, but no other option.

    :raises click.NoSuchOption: when it looks like one.
    """
    if value.startswith("-") and not re.fullmatch(r"-\d+", value):
        raise click.NoSuchOption(value, ctx=ctx)
    return value


def command(
    *,
    needs_app: bool = True,
    names_databases: bool | t.Callable[[dict[str, t.Any]], bool] = True,
    is_for_tenants: bool = False,
) -> t.Callable[[Callback], Callback]:
    """Turn a function into the callback of a command.

    :param needs_app: load the app and call the function in its context.
    :param names_databases: say first, on standard error, which databases the app has; or a function of the arguments
        that tells whether to.
    :param is_for_tenants: whether ``--tenants`` may name others, which are named when something is done there.
    """

    def decorate(function: Callback) -> Callback:
        @functools.wraps(function)
        @click.pass_context
        def callback(ctx: click.Context, /, **arguments: t.Any) -> t.Any:
            parent = ctx.parent.params if ctx.parent else {}
            if "directory" in arguments:
                arguments["directory"] = arguments["directory"] or parent.get("directory")
            x_arguments = (*parent.get("x_arg", ()), *arguments.pop("x_arg", ()))
            with _errors(ctx), contextlib.ExitStack() as stack:
                if arguments.get("as_json"):
                    stack.enter_context(diverted())
                if needs_app:
                    binds = {"only": arguments.pop("bind", ()), "skip": arguments.pop("skip_bind", ())}
                    stack.enter_context(_app_context(ctx))
                    _choose(stack, **binds)
                    is_named = names_databases(arguments) if callable(names_databases) else names_databases
                    names = is_named and not (is_for_tenants and arguments["tenants"])
                    _prepare(stack, arguments.get("directory"), x_arguments, names)
                return function(**arguments)

        return t.cast("Callback", callback)

    return decorate


def directory_option(function: Callback) -> Callback:
    """The options of every command that has a migrations folder: where it is, and which binds count."""
    for option in (
        click.option("--skip-bind", multiple=True, metavar="NAME", help="Leave this bind out."),
        click.option("--bind", multiple=True, metavar="NAME", help='This bind only; "default" is the default one.'),
        folder_option,
    ):
        function = option(function)
    return function


def execution_options(*options: t.Callable[[Callback], Callback]) -> t.Callable[[Callback], Callback]:
    """The options that say how revisions are run, as one decorator."""

    def decorate(function: Callback) -> Callback:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def execution_arguments(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """``arguments`` of a command line, with the options of :func:`execution_options` as the commands take them."""
    rest = dict(arguments)
    if rest.pop("no_wait", False):
        rest["wait"] = 0.0
    if rest.pop("no_lock", False):
        rest["lock"] = False
    return {**rest, "notify": lambda text: click.echo(text, err=True)}


def next_step(text: str) -> None:
    """Print what to do next, in the name of this command group, on standard error."""
    click.echo(f"Next: {_renamed(click.get_current_context(), text)}", err=True)


def in_own_words(text: str) -> str:
    """``text`` with the name that this command group has, where it says ``flask db``."""
    return _renamed(click.get_current_context(), text)


def _app_context(ctx: click.Context) -> contextlib.AbstractContextManager[t.Any]:
    if has_app_context():
        return contextlib.nullcontext()
    app: Flask = load_app(ctx.ensure_object(ScriptInfo))
    return app.app_context()


def _choose(stack: contextlib.ExitStack, only: tuple[str, ...], skip: tuple[str, ...]) -> None:
    """Let ``--bind`` and ``--skip-bind`` choose what the command works on."""
    from ..extension import only_binds

    if only or skip:
        stack.enter_context(only_binds(*only, skip=skip))


def _prepare(
    stack: contextlib.ExitStack, directory: str | None, x_arguments: tuple[str, ...], names_databases: bool
) -> None:
    from .. import logs
    from ..extension import current_state, running_x_arguments

    state = current_state()
    ini = os.path.join(directory or state.directory, "alembic.ini")
    if names_databases:
        _name_databases(state.databases.targets())
    token = running_x_arguments.set(x_arguments or None)
    stack.callback(running_x_arguments.reset, token)
    stack.enter_context(logs.terminal(ini if os.path.isfile(ini) else None))


def _name_databases(targets: t.Sequence[t.Any]) -> None:
    for target in targets:
        label = "Database" if len(targets) == 1 else f"Database {target.name or 'default'}"
        click.echo(f"{label}: {target.describe()}", err=True)


@contextlib.contextmanager
def _errors(ctx: click.Context) -> t.Iterator[None]:
    """What is raised inside becomes one sentence; with ``flask --debug`` what is unexpected keeps its traceback."""
    try:
        yield
    except MigrateError as error:
        error.command = _group_name(ctx)
        raise
    except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
        raise  # click ends quietly when the reader of a pipe has gone
    except Exception as error:
        if get_debug_flag():
            raise
        text = " ".join(str(error).split())
        raise MigrateError(
            f"{type(error).__name__}: {text}" if text else type(error).__name__,
            _renamed(ctx, "\n".join([*own_places(error), "The whole traceback is shown with `flask --debug db …`."])),
        ) from error


def _renamed(ctx: click.Context, text: str) -> str:
    """``text`` with the name that the app gave to the group, where it says ``flask db``."""
    return text.replace("flask db", _group_name(ctx))


def _group_name(ctx: click.Context) -> str:
    """What to type for this group of commands: ``flask db``, ``flask database``, ``python manage.py db``."""
    path = ctx.parent.command_path if ctx.parent else "flask db"
    return path.replace("python -m flask", "flask")
