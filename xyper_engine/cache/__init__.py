"""The cache: small values that may vanish at any time. Redis, or this process's memory, behind the same port."""
