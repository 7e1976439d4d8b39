"""All SQL of the station. Functions take a transaction, return domain objects, and never commit.

Nothing here knows HTTP, printers or pictures.
"""
