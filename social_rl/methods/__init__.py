"""How does one learn from others? One file for each way."""
