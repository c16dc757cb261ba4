"""Tools are data, one file each; the file's name is the id. (This module is here because setuptools wants a package.)"""
