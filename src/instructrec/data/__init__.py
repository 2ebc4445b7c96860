"""Logs and catalogs in; a clean, split Dataset out."""
