"""How is a language model fine-tuned by what people prefer? PPO with KL control, and what it is compared with."""
