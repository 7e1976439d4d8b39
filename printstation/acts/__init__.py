"""What people and applications ask of the station: each act is one transaction over the store.

Acts know rules and rows, never HTTP and never a printer. The API and the worker call them.
"""
