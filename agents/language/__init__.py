"""What turns any words into instructions, one at a time?"""
