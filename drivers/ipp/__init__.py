"""IPP: printers whose own language is closed, through a CUPS queue, and printers that speak IPP themselves."""
