"""Pages and API; thin: read rows, call one function, render. `access.py` alone decides who sees what."""
