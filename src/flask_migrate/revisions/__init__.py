"""The revision scripts on disk and their graph: read without running them."""

from .elsewhere import known_to_git
from .failures import explain
from .loading import load, locations, read_problems
from .merged import Placed, heads_of, merged_history
from .problems import Problem

__all__ = [
    "Placed",
    "Problem",
    "explain",
    "heads_of",
    "known_to_git",
    "load",
    "locations",
    "merged_history",
    "read_problems",
]
