"""The device side of Magicard printers: P1, P2 and P3 jobs, and what is asked beside them."""
