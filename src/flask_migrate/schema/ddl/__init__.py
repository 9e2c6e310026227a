"""Schemas as statements: what makes one, and what leads from one to another."""

from __future__ import annotations

from .steps import Script, Step
from .writer import can_write, write

__all__ = ["Script", "Step", "can_write", "write"]
