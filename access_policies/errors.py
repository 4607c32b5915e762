"""What can go wrong with the policies themselves. A refusal is a Decision, not an error."""


class PolicyError(Exception):
    """The policies cannot be used as they stand: the vault must not start with them."""
