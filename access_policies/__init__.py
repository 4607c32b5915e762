"""A question in; a decision with reasons out. No I/O after start-up."""
