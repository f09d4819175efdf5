"""The verbs about people: how they come in, what they may, and how that ends."""
