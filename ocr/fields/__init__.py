"""Typed fields read from clean pixels: what was read, from where, and how far it can be trusted."""
