"""Cal.com, hosted or self-hosted."""
