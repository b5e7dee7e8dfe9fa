"""What the pages show: rows gathered into plain values, one file a noun. Only reads."""
