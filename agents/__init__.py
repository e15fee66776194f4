"""Who acts, and how does one mind learn from its own reward?"""
