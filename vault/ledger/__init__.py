"""The tamper-evident record of everything done with a holder's papers. SPEC.md in this folder is the contract."""
