"""The public site's furniture, as pure functions: addresses, feeds, calendar entries, lists and policy pages."""
