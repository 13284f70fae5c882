"""The simulated carriers and mailbox providers: what they do (scripts) and how they say it (voices)."""
