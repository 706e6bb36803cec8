"""A local stand-in for Twilio: its Message API, its signed webhooks, phones to type on, patients who answer.

The demo and the stories run the real twilio gateway against it; nothing here is used in production.
"""

from followup.sms.simulator.account import Text
from followup.sms.simulator.faults import Fault, Faults, Receipts
from followup.sms.simulator.simulator import Simulator, make_simulator

__all__ = ["Fault", "Faults", "Receipts", "Simulator", "Text", "make_simulator"]
