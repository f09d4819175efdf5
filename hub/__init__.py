"""Yigao (一稿): one draft to every channel. The console, its domain and the machinery of delivery."""

__version__ = "0.1.0"
