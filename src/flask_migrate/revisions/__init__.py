"""The revision scripts on disk and their graph: read without running them."""

from .failures import explain
from .loading import load, read_problems
from .problems import Problem

__all__ = ["Problem", "explain", "load", "read_problems"]
