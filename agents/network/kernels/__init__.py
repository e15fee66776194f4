"""How are the network's inner loops computed fast? Compiled loops beside twins in plain torch."""
