"""Where weights change: batches, objective, networks and the loop; torch lives here."""
