"""The real twilio hooks: the simulator signs and words its posts as Twilio does."""

from followup.sms.twilio.hooks import make_hooks

__all__ = ["make_hooks"]
