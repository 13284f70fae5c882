"""Results -> terminal, JUnit, JSON. Each report listens to the run and knows nothing else of it."""
