"""The schema's history, one file per step; `followup migrate` walks it."""
