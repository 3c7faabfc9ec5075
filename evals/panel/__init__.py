"""Conversations with the system's answers go out to judges; what they say of them comes back as means."""
