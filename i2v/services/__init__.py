"""What page, REST and command line call: submit, look, cancel, delete. No face has logic of its own."""
