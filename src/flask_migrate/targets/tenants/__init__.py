"""Tenants: many databases, or many schemas of one, that all have the same history."""

from .compared import SHARED as SHARED
from .compared import ComparedDatabases as ComparedDatabases
from .compared import SharedDatabases as SharedDatabases
from .compared import has_shared_tables as has_shared_tables
from .databases import TenantDatabases as TenantDatabases
from .databases import leading_statement as leading_statement
from .declared import Tenant as Tenant
from .declared import TenantSource as TenantSource
from .making import PlaceRefused as PlaceRefused
from .making import create_place as create_place
from .making import drop_place as drop_place
from .reading import read_versions as read_versions
from .selecting import choose as choose
from .selecting import parse_shard as parse_shard
