"""How is an agent network trained to follow instructions?"""
