"""Containers: one small module each for Dockerfiles, Blubber, Compose, development containers and Procfiles."""
