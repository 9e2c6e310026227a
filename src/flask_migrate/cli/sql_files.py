"""``--sql --output-dir``: the SQL of each bind in a file of its own."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import typing as t

import click

from ..errors import USAGE, MigrateError

Callback = t.TypeVar("Callback", bound=t.Callable[..., t.Any])

output_dir_option = click.option(
    "--output-dir", metavar="FOLDER", help="With --sql: write a file for each bind, FOLDER/<bind>.sql."
)


def in_files(function: Callback) -> Callback:
    """Let a command with ``--sql`` and :data:`output_dir_option` write a file for each bind."""

    @functools.wraps(function)
    def callback(*, output_dir: str | None, **arguments: t.Any) -> t.Any:
        if output_dir is None:
            return function(**arguments)
        if not arguments["sql"]:
            raise MigrateError("--output-dir is for SQL.", "Add --sql.", exit_code=USAGE)
        from ..extension import current_state, only_binds

        for target in current_state().databases.targets():
            path = pathlib.Path(output_dir, f"{safe(target.name or 'default')}.sql")
            with only_binds(target.name):
                _write(path, functools.partial(function, **arguments))
            click.echo(f"Wrote {path}", err=True)
        return None

    return t.cast("Callback", callback)


def safe(name: str) -> str:
    """``name`` as a file may be called everywhere."""
    return "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in name).strip(". ") or "_"


def _write(path: pathlib.Path, work: t.Callable[[], t.Any]) -> None:
    """Let ``work`` print into the file ``path``; when it fails, there is no file."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
            work()
        part.replace(path)
    except OSError as error:
        raise MigrateError(f"{path} can't be written: {error.strerror}.", "Name another --output-dir.") from error
    finally:
        part.unlink(missing_ok=True)
