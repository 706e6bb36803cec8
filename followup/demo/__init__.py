"""The whole service in one process, with invented patients and a clock that runs fast; no account needed."""
