"""Pure cryptography: bytes and values in, bytes and values out. SPEC.md in this folder is the contract."""
