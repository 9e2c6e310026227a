"""The databases that a history is applied to: what they are and where they come from."""

from .chosen import ChosenDatabases as ChosenDatabases
from .chosen import choose_binds as choose_binds
from .connection import connect as connect
from .connection import twin as twin
from .databases import Databases as Databases
from .merged import MergedDatabases as MergedDatabases
from .model import DEFAULT as DEFAULT
from .model import Target as Target
from .model import describe_url as describe_url
from .model import identifier as identifier
