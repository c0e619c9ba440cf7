"""The HTTP face, `xnovu serve`: each route is one call of a function of schema http_v1, which decides what is answered.

A module with routes has a function `routes(face: Face) -> list[ApiRoute]`; app.py names the modules."""
