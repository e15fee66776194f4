"""Which scenario is played, and by whom? A screen on which one chooses, before anything begins."""
