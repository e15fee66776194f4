"""Which world should come next?"""
