"""Schema version control for Flask applications."""

from __future__ import annotations

import typing as t

__version__ = "5.0.0.dev0"

#: Each public name and the module that holds it; a module is loaded when one of its names is asked for.
_PUBLIC = {
    "Adoption": ".commands.adopting",
    "BranchPoint": ".commands.values",
    "Change": ".schema",
    "Config": ".config",
    "CheckFailed": ".errors",
    "DifferencesFound": ".errors",
    "Diagnosis": ".commands.doctoring.findings",
    "Drift": ".commands.drifting",
    "EnvFile": ".commands.envs",
    "ExecutionOptions": ".execution",
    "Fix": ".commands.fixing",
    "FleetResult": ".execution.fleet",
    "Finding": ".commands.doctoring.findings",
    "HistoryError": ".errors",
    "Interruption": ".execution",
    "Progress": ".execution",
    "Stopped": ".execution",
    "LockHeld": ".execution",
    "LogEntry": ".execution",
    "Manager": ".manage",
    "Migrate": ".extension",
    "MigrateCommand": ".manage",
    "MigrateError": ".errors",
    "NewRevisions": ".commands.values",
    "Loss": ".execution.plan",
    "Plan": ".execution.plan",
    "PlannedOperation": ".execution.plan",
    "PlannedRevision": ".execution.plan",
    "TargetPlan": ".execution.plan",
    "plan_downgrade": ".commands",
    "plan_upgrade": ".commands",
    "Refused": ".errors",
    "RevisionInfo": ".commands.values",
    "RunResult": ".commands.values",
    "StepRun": ".environment.record",
    "TargetAdoption": ".commands.adopting",
    "TargetDrift": ".commands.drifting",
    "TargetFix": ".commands.fixing",
    "TargetError": ".errors",
    "Tenant": ".targets.tenants",
    "TenantFailure": ".execution.fleet",
    "TargetRevisions": ".commands.values",
    "TargetRun": ".environment.record",
    "Verification": ".commands.values",
    "VerificationFailed": ".errors",
    "adopt": ".commands",
    "amend": ".commands",
    "branches": ".classic",
    "check": ".commands",
    "current": ".classic",
    "create_tenant": ".commands.tenants.making",
    "doctor": ".commands",
    "downgrade": ".commands",
    "drift": ".commands",
    "drop_tenant": ".commands.tenants.making",
    "edit": ".commands",
    "fix_by_revision": ".commands",
    "fix_database": ".commands",
    "ensure_version": ".commands",
    "heads": ".classic",
    "only_binds": ".extension",
    "read_log": ".commands",
    "rename_bind": ".commands",
    "repair": ".commands",
    "status": ".commands",
    "history": ".classic",
    "init": ".commands",
    "list_binds": ".commands",
    "list_templates": ".commands",
    "merge": ".commands",
    "migrate": ".commands",
    "revision": ".commands",
    "run_tenants": ".commands.tenants.fleet",
    "show": ".classic",
    "stamp": ".commands",
    "undo": ".commands",
    "upgrade": ".commands",
    "upgrade_env": ".commands",
}

__all__ = ["__version__", "alembic_version", *sorted(_PUBLIC)]

if t.TYPE_CHECKING:
    from .classic import branches as branches
    from .classic import current as current
    from .classic import heads as heads
    from .classic import history as history
    from .classic import show as show
    from .commands import adopt as adopt
    from .commands import amend as amend
    from .commands import check as check
    from .commands import doctor as doctor
    from .commands import downgrade as downgrade
    from .commands import drift as drift
    from .commands import edit as edit
    from .commands import ensure_version as ensure_version
    from .commands import fix_by_revision as fix_by_revision
    from .commands import fix_database as fix_database
    from .commands import init as init
    from .commands import list_binds as list_binds
    from .commands import list_templates as list_templates
    from .commands import merge as merge
    from .commands import migrate as migrate
    from .commands import plan_downgrade as plan_downgrade
    from .commands import plan_upgrade as plan_upgrade
    from .commands import read_log as read_log
    from .commands import rename_bind as rename_bind
    from .commands import repair as repair
    from .commands import revision as revision
    from .commands import stamp as stamp
    from .commands import status as status
    from .commands import undo as undo
    from .commands import upgrade as upgrade
    from .commands import upgrade_env as upgrade_env
    from .commands.adopting import Adoption as Adoption
    from .commands.adopting import TargetAdoption as TargetAdoption
    from .commands.doctoring.findings import Diagnosis as Diagnosis
    from .commands.doctoring.findings import Finding as Finding
    from .commands.drifting import Drift as Drift
    from .commands.drifting import TargetDrift as TargetDrift
    from .commands.envs import EnvFile as EnvFile
    from .commands.fixing import Fix as Fix
    from .commands.fixing import TargetFix as TargetFix
    from .commands.tenants.fleet import run_tenants as run_tenants
    from .commands.tenants.making import create_tenant as create_tenant
    from .commands.tenants.making import drop_tenant as drop_tenant
    from .commands.values import BranchPoint as BranchPoint
    from .commands.values import NewRevisions as NewRevisions
    from .commands.values import RevisionInfo as RevisionInfo
    from .commands.values import RunResult as RunResult
    from .commands.values import TargetRevisions as TargetRevisions
    from .commands.values import Verification as Verification
    from .config import Config as Config
    from .environment.record import StepRun as StepRun
    from .environment.record import TargetRun as TargetRun
    from .errors import CheckFailed as CheckFailed
    from .errors import DifferencesFound as DifferencesFound
    from .errors import HistoryError as HistoryError
    from .errors import MigrateError as MigrateError
    from .errors import Refused as Refused
    from .errors import TargetError as TargetError
    from .errors import VerificationFailed as VerificationFailed
    from .execution import ExecutionOptions as ExecutionOptions
    from .execution import Interruption as Interruption
    from .execution import LockHeld as LockHeld
    from .execution import LogEntry as LogEntry
    from .execution import Progress as Progress
    from .execution import Stopped as Stopped
    from .execution.fleet import FleetResult as FleetResult
    from .execution.fleet import TenantFailure as TenantFailure
    from .execution.plan import Loss as Loss
    from .execution.plan import Plan as Plan
    from .execution.plan import PlannedOperation as PlannedOperation
    from .execution.plan import PlannedRevision as PlannedRevision
    from .execution.plan import TargetPlan as TargetPlan
    from .extension import Migrate as Migrate
    from .extension import only_binds as only_binds
    from .manage import Manager as Manager
    from .manage import MigrateCommand as MigrateCommand
    from .schema import Change as Change
    from .targets.tenants import Tenant as Tenant

    #: The version of Alembic, as a tuple of three numbers.
    alembic_version: tuple[int, int, int]


def __getattr__(name: str) -> t.Any:
    if name == "alembic_version":
        return _alembic_version()
    if name in _PUBLIC:
        import importlib

        return getattr(importlib.import_module(_PUBLIC[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _alembic_version() -> tuple[int, ...]:
    import re
    from importlib.metadata import version

    numbers = [int(number) for number in re.findall(r"\d+", version("alembic"))[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))
