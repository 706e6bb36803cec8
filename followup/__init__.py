"""followup: check-ins by text after a treatment, and a worklist for what should not wait."""

__version__ = "0.1.0"
