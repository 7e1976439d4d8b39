"""Builds the station from its configuration; the only file that knows every room."""
