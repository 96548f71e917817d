"""What maintenance needs of files, drives, printers and banks, and the wiring of its services."""
