"""What does an agent know of places it has seen, and of ways there?"""
