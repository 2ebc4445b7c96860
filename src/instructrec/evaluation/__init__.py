"""Slates in; numbers with intervals out."""
