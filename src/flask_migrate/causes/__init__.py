"""Why an engine refused a statement of a migration, found out after the rollback by reading the database."""

from .find import cause_of as cause_of
