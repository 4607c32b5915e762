"""Hostile bytes in; clean pixels, text and typed fields out. No keys, no network, no database."""
