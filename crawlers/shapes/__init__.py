"""Reusable spiders: a source only declares which of them fits and where it asks."""
