"""Any system that can post JSON, read by a file of the clinic's configuration."""
