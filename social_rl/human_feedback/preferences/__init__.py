"""What do people prefer, who said so, and how much do they agree?"""
