"""The device side of Matica XID printers: commands over bulk-only transport, and a film in between."""
