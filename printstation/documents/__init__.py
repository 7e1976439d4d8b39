"""The office's papers: frozen data in, PDF bytes or CSV text out.

Knows no database, no clock and no configuration: the same data gives the same bytes, so that the
hash of a signed paper can stand in the journal. Importing it loads no typesetter.
"""
