"""How do agents learn from what people say and prefer?"""
