"""Trying a script that was just written: there and back on scratch databases, before anybody reads it."""

from .run import verified as verified
