"""How do agents learn from experts, from each other and from people? And the command line."""
