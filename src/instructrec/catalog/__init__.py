"""What the columns of a catalog are: their roles, units and lists, found by evidence."""
