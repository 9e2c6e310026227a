"""migrate --from-sql: the wanted schema as a SQL file, in the place of models."""

from .compared import Finisher as Finisher
from .compared import finisher as finisher
from .compared import from_sql_file as from_sql_file
from .trying import finished as finished
from .wanted import Wanted as Wanted
