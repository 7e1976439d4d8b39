"""Receipt printers: ESC/POS, paper and what stands on it."""
