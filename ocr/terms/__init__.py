"""The terms of a contract, from the text of its pages: pure Python, no pictures.

What is not there is not in the answer; what cannot be read for certain is there and not `sure`.
"""
