"""Every configuration and every table of the book, and the methods that are simple enough to need no training loop.

Explained in the book: *The numbers to beat*.
"""
