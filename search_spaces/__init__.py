"""What can be searched: configurations, edits, spaces and operators, as pure data and functions."""
