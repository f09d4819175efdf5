"""The verbs of writing: composing, importing."""
