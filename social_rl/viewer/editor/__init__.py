"""How is a level painted? A draft that may be wrong, what is wrong with it, and a window in which it is changed."""
