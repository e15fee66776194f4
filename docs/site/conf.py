"""How does Sphinx make pages of what gather.py has put together? `make docs` calls both."""

import os

# Of the tutorials, which run while pages are made: no window, and nothing about compiling among what they print.
os.environ |= {"SDL_VIDEODRIVER": "dummy", "SOCIAL_RL_QUIET": "1", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}

project = "Social RL"
copyright = "the Social RL authors"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["site/*.py"]

# Tutorials run where they are built, once for each change; whatever fails in one fails the build.
nb_execution_mode = "cache"
nb_execution_cache_path = "../docs-cache"
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_in_temp = True

default_role = "code"  # of single backticks in docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = "Social RL"
html_static_path = ["site/style.css"]
html_css_files = ["style.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#2f6f62",
        "color-brand-content": "#2f6f62",
        "color-api-name": "#2f6f62",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8fcdb9",
        "color-brand-content": "#8fcdb9",
        "color-api-name": "#8fcdb9",
    },
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
