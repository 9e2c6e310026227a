"""The project's env.py: whether an earlier release wrote it, and the three lines that do the same."""

from .upgrading import EnvFile as EnvFile
from .upgrading import upgrade_env as upgrade_env
