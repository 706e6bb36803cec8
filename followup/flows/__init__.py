"""One file per thing that happens: load, decide, apply."""
