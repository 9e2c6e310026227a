"""Revisions as plain SQL files: ``1a2b_add_x.up.sql`` and ``1a2b_add_x.down.sql`` beside a short Python script."""

from .run import Verbatim as Verbatim
from .run import bind_names as bind_names
from .run import part_of as part_of
from .run import read_text as read_text
from .run import run as run
from .split import Statement as Statement
from .split import split as split
