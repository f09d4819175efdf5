"""The verbs of delivery: scheduling, releasing, claiming, delivering, sweeping."""
