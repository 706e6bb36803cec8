"""Our own contract, for booking systems without an adapter of their own."""
