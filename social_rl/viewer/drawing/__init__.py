"""How is something drawn? One look for all windows, the house, what lies over it, and pictures that are kept."""
