"""How is a sequence model taught rules without losing what it learned from data?"""
