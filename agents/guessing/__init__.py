"""What was another told? A posterior over goals, from what is watched."""
