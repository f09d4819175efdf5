"""The console through Flask's test client: no sockets."""
