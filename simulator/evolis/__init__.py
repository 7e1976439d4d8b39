"""The device side of Evolis printers: the escape language."""
