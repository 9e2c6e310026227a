"""Revisions as plain SQL files: ``1a2b_add_x.up.sql`` and ``1a2b_add_x.down.sql`` beside a short Python script."""

from .run import run as run
from .split import Statement as Statement
from .split import split as split
