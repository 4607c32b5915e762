"""Custody: nothing leaves without a grant, a decision and an entry. No web, no environment."""
