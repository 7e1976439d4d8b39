"""The rules of jobs and cards as tables and pure functions: no I/O, no clock, no SQL."""
