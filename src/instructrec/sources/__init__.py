"""Files and databases in, as they are: tables, columns and values understood, and read as one Dataset."""
