"""What a database holds: a frozen :class:`Schema`, how it is read, and what differs between two of them."""

from __future__ import annotations

from .diff import Change, diff
from .model import Column, Note, Schema, Table
from .read import read_schema

__all__ = ["Change", "Column", "Note", "Schema", "Table", "diff", "read_schema"]
