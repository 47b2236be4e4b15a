"""Models as an OpenAI-compatible endpoint: what an HTTP client of such endpoints can ask for.

``server``       the routes
``system``       a whole multi-agent system as one model
``http``         reading bodies, refusing
``listening``    starting and stopping
``completions``  chat completions: reading requests, writing replies, also as a stream
``strict``       the schemas that structured output takes
``faults``       errors on request
"""
