"""Running revisions safely: lock, transactions, log, journal, timeouts and retries."""

from .checksum import checksum as checksum
from .interruption import Interruption as Interruption
from .interruption import Stopped as Stopped
from .lock import Holder as Holder
from .lock import LockHeld as LockHeld
from .locking import lock_holder as lock_holder
from .locking import second_connection as second_connection
from .log import LogEntry as LogEntry
from .log import LogTable as LogTable
from .options import ExecutionOptions as ExecutionOptions
from .progress import Progress as Progress
from .run import Execution as Execution
from .statements import is_unused as is_unused
from .statements import noticed as noticed
