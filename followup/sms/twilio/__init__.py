"""Twilio Programmable Messaging; NOTES.md has its quirks."""
