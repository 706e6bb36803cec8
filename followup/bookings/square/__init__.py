"""Square Appointments."""
