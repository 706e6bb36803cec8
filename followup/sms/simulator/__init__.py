"""A local stand-in for Twilio: its Message API, its signed webhooks, phones to type on, patients who answer.

The demo and the stories run the real twilio gateway against it; nothing here is used in production.
"""
