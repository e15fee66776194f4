"""How is a mind fine-tuned by what people prefer of its behaviour? Clips, a reward model of them, and PPO."""
