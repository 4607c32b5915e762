"""The demonstration: the whole journey over HTTP against the running vault, on sample papers of fictional people.

Every step prints what happened and how long it took, and checks it: the exit code is 0 only if every step held. What
the demonstration needs to sign in again lies in the data folder (demo.json, 0600); a real vault has no such file.
"""

from api.demo.walk import prepare, print_sign_ins, run

__all__ = ["prepare", "print_sign_ins", "run"]
