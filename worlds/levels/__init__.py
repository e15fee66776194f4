"""What is a house as data: as text, as JSON, as rows of a bank?"""
