"""How well do agents do, on which levels, under whose conditions?"""
