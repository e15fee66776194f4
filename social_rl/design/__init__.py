"""How does one run let levels grow with the learner?"""
