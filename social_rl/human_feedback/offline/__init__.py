"""How is a policy of talk learned from talks that were logged, without talking?"""
