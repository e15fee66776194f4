"""Scenarios: one file each. `python -m pkgutil` finds them; nothing is registered."""
