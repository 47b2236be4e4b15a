"""Caps on spend: reservations, the cost guard, and the confirmation reserve."""
