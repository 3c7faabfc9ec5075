"""Passages and a chat model go in; written sentences come out, each checked before it is shown."""
