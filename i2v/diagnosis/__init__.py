"""What is worth changing in a sentence before a clip is made from it: read first, then advised on."""
