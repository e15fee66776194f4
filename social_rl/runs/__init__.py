"""Where does a run keep what it makes, and how does it go on?"""
