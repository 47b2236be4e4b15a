"""A run file made from a task file and an endpoint.

``plan``      what it is to say
``guessing``  what a task file seems to hold
``asking``    a person is asked what is not known
``writing``   the plan as a commented run file
"""
