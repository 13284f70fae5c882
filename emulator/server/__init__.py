"""The edge: HTTP, contracts, webhooks and the one loop that waits."""
