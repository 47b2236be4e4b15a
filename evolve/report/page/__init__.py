"""The report of a run as one page for a browser, which works offline.

``gathering``  everything the page shows, as plain data
``history``    what was believed best as the spend grew
``graphs``     a system's topology
``examples``   some of what was said, within a limit
``writing``    the data, the scripts and the charting library in one file
``serving``    the same page, live, for whoever sits at this machine
"""
