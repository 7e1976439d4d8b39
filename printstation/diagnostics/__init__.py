"""What a technician asks of a station: what is attached, what is wrong, and what may be sent for help."""
