"""Maturity models as data: each TOML file of this folder is one. (This module makes the folder a package.)"""
