"""All configuration as values: clinics, protocols, vocabularies and texts, read once and checked whole."""
