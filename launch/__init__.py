"""What launcher.py is made of: standard library only, in the syntax of Python 3.9."""
