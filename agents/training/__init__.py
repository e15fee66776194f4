"""How does a network learn from what happened? Rollouts, returns, losses, steps, checkpoints."""
