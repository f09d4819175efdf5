"""Text shared by every channel: cleaning, Markdown, counting, and the checks that apply to all of them."""
