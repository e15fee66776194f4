"""How are results shown: tables, curves, films, pages?"""
