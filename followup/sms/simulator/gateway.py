"""The real twilio gateway: only `api_url` tells the simulator from Twilio."""

from followup.sms.twilio.gateway import make_gateway

__all__ = ["make_gateway"]
