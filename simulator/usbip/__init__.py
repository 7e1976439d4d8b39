"""The USB/IP server: printers to any machine that imports USB devices over TCP."""
