"""What outlives the process: the database of jobs, checkpoints, pictures, and the lock on their folder."""
