"""How do people without Python say what they prefer? On a page that a server on their machine shows."""
