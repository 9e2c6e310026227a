"""What a revision does not mean to change stays, though SQLite changes a table by making it anew."""

from .batch import Rebuilt as Rebuilt
from .batch import complete_batches as complete_batches
from .objects import Objects as Objects
