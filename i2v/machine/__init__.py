"""What this computer is and what a process of ours takes of it."""
