"""How do PettingZoo and Gymnasium see our worlds?"""
