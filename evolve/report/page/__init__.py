"""The report of a run as one page for a browser, which works offline.

``content``   everything the page shows, as plain data
``history``   the best candidate as a function of spend
``graphs``    a system's topology
``examples``  some of the traces, within a size limit
``document``  data, scripts and the charting library as one HTML file
``live``      the same page served to this machine while the run goes on
"""
