"""Which houses and mazes are drawn, and what is asked for in them?"""
