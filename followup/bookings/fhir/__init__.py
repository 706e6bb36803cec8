"""HL7 FHIR R4: an electronic health record that notifies by Subscription."""
