"""The walk of a card: which job next, one loop a printer, recovery, and what a printer says of itself."""
