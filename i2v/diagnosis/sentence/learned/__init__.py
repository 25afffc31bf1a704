"""What labelled sentences teach beside the grammar: a small judge that weighs what the parser understood."""
