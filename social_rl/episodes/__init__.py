"""How does a cast play episodes, on which levels, told what?"""
