"""The Matica XID family: retransfer printers that speak SCSI-like commands over bulk-only transport."""
