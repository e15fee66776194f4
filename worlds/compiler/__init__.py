"""How do rules become machine code?"""
