"""How are worlds shown: as pictures, words and films?"""
