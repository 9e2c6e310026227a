"""The revision scripts on disk and their graph: read without running them."""

from .elsewhere import known_to_git
from .failures import explain
from .loading import load, read_problems
from .problems import Problem

__all__ = ["Problem", "explain", "known_to_git", "load", "read_problems"]
