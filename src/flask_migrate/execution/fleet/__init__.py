"""Doing the same in many targets at once, on any ``concurrent.futures.Executor``."""

from .executors import Crew as Crew
from .executors import local_crew as local_crew
from .executors import make_crew as make_crew
from .schedule import Fleet as Fleet
from .values import FleetOptions as FleetOptions
from .values import FleetResult as FleetResult
from .values import Outcome as Outcome
from .values import TenantFailure as TenantFailure
from .values import Unit as Unit
from .values import Watcher as Watcher
