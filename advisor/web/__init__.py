"""The chat page; the only place that imports gradio."""
