"""The tamper-evident record of all that is done with a holder's papers; SPEC.md here is the contract."""
