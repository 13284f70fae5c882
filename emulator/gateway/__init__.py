"""The verbs of the messaging platform: send, report, receive, tell. It knows no HTTP and no vendor."""
