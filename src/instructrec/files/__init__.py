"""From files, archives and databases to raw tables: formats, encodings and quotes, but no meaning."""
