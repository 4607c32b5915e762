"""A target with a fault that is easily found: shows that a fault is found and told."""


def check(data: bytes) -> None:
    if b"-> X25519 " in data:
        raise RuntimeError("the canary sings")
