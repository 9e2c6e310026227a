"""The migration environment; `run()` takes the arguments of Alembic's `context.configure()`."""
from flask_migrate.environment import run
run()
