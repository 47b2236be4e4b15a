"""Functions that users write: finding, calling and keeping apart what they print.

``loading``   by ``module:function`` or ``path/to/file.py:function``
``calling``   plain ones in a thread beside the event loop, async ones in it
``printing``  what they print goes to standard error
"""
