"""Models and systems as OpenAI-compatible endpoints.

``server``         models: the routes
``system``         a whole multi-agent system as one model
``guard``          which requests are answered
``http``           bodies of requests, errors
``listener``       the start and the end of a server
``chat_requests``  chat requests, checked
``completions``    replies as chat completions, also as a stream
``strict``         the schemas that structured output takes
``problems``       errors as an endpoint sends them
``faults``         injected faults
``apply``          runs systems on questions
"""
