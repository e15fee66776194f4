"""What would people prefer? Reward models from comparisons, and whether they can be trusted."""
