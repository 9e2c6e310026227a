"""The migration environment: what a project's env.py calls, and what the commands enter."""

from .context import MigrateEnvironment as MigrateEnvironment
from .context import bind_of as bind_of
from .context import run as run
from .context import script_of as script_of
from .enter import enter as enter
from .enter import publish_binds as publish_binds
from .record import StepRun as StepRun
from .record import TargetRun as TargetRun
from .renamed import former_names as former_names
