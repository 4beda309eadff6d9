"""Settings of the documentation; the reference is generated before Sphinx reads the pages."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

project = "Tieline 联络线"
author = "the Tieline contributors"
release = version = installed("tieline")
language = "en"
extensions = ["myst_parser", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "reference/generated"]
html_theme = "furo"
html_title = "Tieline 联络线"
html_show_sourcelink = False

generate.write_all(Path(__file__).parent / "reference" / "generated")
