"""What the app is about, plain and without I/O: request, job, recipe, events, the language of motion."""
