"""What can be typed? The options of every command, and what is refused of them."""
