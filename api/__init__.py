"""Every way in: JSON, pages, command line, jobs. Reads the environment, wires the parts, decides nothing."""
