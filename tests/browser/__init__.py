"""Tests in a real Chromium, at desktop and phone size."""
