"""Operations for revision scripts that Alembic does not have: ``from flask_migrate import operations``.

They are called inside ``upgrade()`` and ``downgrade()``, beside those of ``alembic.op``.

.. versionadded:: 5.0
"""

from .dependents import dependents_kept as dependents_kept
from .enums import rename_enum_value as rename_enum_value
from .names import rename_constraint as rename_constraint
from .names import rename_index as rename_index
from .names import rename_sequence as rename_sequence
