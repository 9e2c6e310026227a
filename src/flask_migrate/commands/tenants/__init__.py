"""The same command in many tenants, and making and dropping one."""

from .fleet import run_tenants as run_tenants
from .goal import without_revision as without_revision
from .making import create_tenant as create_tenant
from .making import drop_tenant as drop_tenant
from .making import tenant_place as tenant_place
