"""Models against a database: what Alembic compares, and what is added to it."""
