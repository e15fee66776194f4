"""What is done with episodes that are written down? Recorded from runs, checked, told as one agent saw them, shown."""
