"""A provider and a name go in; a chat model that is safe to call comes out."""
