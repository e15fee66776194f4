"""Who plays, and what goes on in them? Drivers, thoughts, guesses at what others were told."""
