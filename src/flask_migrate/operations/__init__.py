"""Operations for revision scripts that Alembic does not have: ``from flask_migrate import operations``.

They are called inside ``upgrade()`` and ``downgrade()``, beside those of ``alembic.op``; importing this module makes
those that change a table known to ``op`` and to ``batch_op``.

.. versionadded:: 5.0
"""

from .columns import AddSerial as AddSerial
from .columns import ContinueSequence as ContinueSequence
from .columns import DropSerial as DropSerial
from .columns import ReplaceColumn as ReplaceColumn
from .defined import AddDefinedConstraint as AddDefinedConstraint
from .defined import DropDefinedConstraint as DropDefinedConstraint
from .dependents import dependents_kept as dependents_kept
from .domains import alter_domain as alter_domain
from .domains import create_domain as create_domain
from .domains import drop_domain as drop_domain
from .enum_types import alter_enum_type as alter_enum_type
from .enum_types import create_enum_type as create_enum_type
from .enum_types import drop_enum_type as drop_enum_type
from .enums import rename_enum_value as rename_enum_value
from .moving import move_rows as move_rows
from .names import move_table as move_table
from .names import rename_column as rename_column
from .names import rename_constraint as rename_constraint
from .names import rename_index as rename_index
from .names import rename_sequence as rename_sequence
from .options import AlterTableOptions as AlterTableOptions
from .places import PlaceColumn as PlaceColumn
from .primary_keys import ReplacePrimaryKey as ReplacePrimaryKey
from .types import NamedType as NamedType
from .unnamed import AddUnnamedConstraint as AddUnnamedConstraint
from .unnamed import DropUnnamedConstraint as DropUnnamedConstraint
