"""Which levels did a run of design come up with? A window over its curriculum: scores, ancestors, what was changed."""
