"""How do words become Goals, and Goals words?"""
