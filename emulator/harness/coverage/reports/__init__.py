"""The coverage report: for the terminal, as JSON, and as one HTML page."""
