"""Receipt printers that speak ESC/POS: slips for people who wait, never cards."""
