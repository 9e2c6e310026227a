"""The Python API: one function for each command. They take values, return values and print nothing."""

from .checking import check as check
from .reading import branches as branches
from .reading import current as current
from .reading import heads as heads
from .reading import history as history
from .reading import show as show
from .running import downgrade as downgrade
from .running import ensure_version as ensure_version
from .running import stamp as stamp
from .running import upgrade as upgrade
from .starting import init as init
from .starting import list_templates as list_templates
from .state import read_log as read_log
from .state import repair as repair
from .state import status as status
from .writing import edit as edit
from .writing import merge as merge
from .writing import migrate as migrate
from .writing import revision as revision
