"""Keys, checks, exclusions and indexes, compared in the engine's own words."""

from ..draft import Part
from . import rendering as rendering
from .arranging import finish
from .comparing import setup_checks, setup_keys

PART = Part("keys", setup=setup_keys, finish=finish)
CHECKS = Part("checks", setup=setup_checks)
