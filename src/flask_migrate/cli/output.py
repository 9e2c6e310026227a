"""Standard output of a command that prints JSON: it holds the JSON and nothing else."""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
import sys
import typing as t

import click

#: Where JSON goes while everything else is diverted; ``None`` for standard output.
_output: contextvars.ContextVar[t.Any] = contextvars.ContextVar("output", default=None)


def print_json(value: t.Any) -> None:
    """Print ``value``, or the values of a tuple of them, as JSON on standard output."""
    print_data([item.to_dict() for item in value] if isinstance(value, tuple) else value.to_dict())


def print_data(data: t.Any) -> None:
    """Print ``data``, which JSON can hold, on standard output."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False), file=_output.get())


@contextlib.contextmanager
def diverted() -> t.Iterator[None]:
    """Within this block, standard output is standard error for all but :func:`print_json`.

    The app, its env.py, a script or a post-write hook, which is a process of its own, may print whatever they like.
    """
    with contextlib.ExitStack() as stack:
        own = sys.stdout
        if _is_standard(own, 1) and _is_standard(sys.stderr, 2):
            own.flush()
            saved = os.dup(1)
            stack.callback(os.close, saved)
            os.dup2(2, 1)
            stack.callback(os.dup2, saved, 1)
            own = stack.enter_context(os.fdopen(os.dup(saved), "w", encoding=own.encoding, errors=own.errors))
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        token = _output.set(own)
        stack.callback(_output.reset, token)
        yield


def _is_standard(stream: t.Any, number: int) -> bool:
    try:
        return bool(stream.fileno() == number)
    except (AttributeError, OSError, ValueError):  # a test, or a program that calls the command, has replaced it
        return False
