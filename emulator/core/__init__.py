"""The messaging domain: values and rules. It knows no HTTP, no vendor and no file."""
