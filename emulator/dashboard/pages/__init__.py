"""The pages: each function answers one request for one."""
