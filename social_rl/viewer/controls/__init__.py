"""What does a person press? Keys, buttons, the seek bar, the entry, the help, and events of the machine."""
