"""What is worth changing before and after a clip is made: measured, then advised on; a folder for each thing judged."""
