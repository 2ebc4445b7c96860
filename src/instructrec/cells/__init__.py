"""What one cell of a table says: numbers, prices, dates, lists of names, amounts with a unit."""
