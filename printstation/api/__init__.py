"""HTTP under `/v1`: one module a noun with its shapes beside its routes.

Knows requests and shapes; rules live in `acts`, rows in `store`, printers in `spool`.
"""
