"""Easy!Appointments, self-hosted."""
