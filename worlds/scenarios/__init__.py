"""Scenarios: one file each, found by their names; nothing is registered."""
