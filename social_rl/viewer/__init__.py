"""How can a person watch, steer and instruct the agents? Only the command line imports this window."""
