"""Sequences of events: the funnel's engine, and what else follows users from event to event."""
