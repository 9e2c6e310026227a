"""Sphinx configuration; `make docs` builds the pages."""

from __future__ import annotations

import logging

import flask_migrate

# Sphinx shows what a module logs while autodoc imports it; Alembic names its plugins then.
logging.getLogger("alembic").setLevel(logging.WARNING)

project = "Flask-Migrate"
release = flask_migrate.__version__
version = release
copyright = "the Flask-Migrate authors"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_title = f"Flask-Migrate {release}"
