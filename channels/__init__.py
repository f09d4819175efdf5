"""Channels: pure renderers from one manuscript to the artefacts of every place it is published.

A library of its own: no Flask, no database, no queue. To add a channel: one folder `channels/<key>/` and one line in
`channels.registry.CHANNELS`.
"""
