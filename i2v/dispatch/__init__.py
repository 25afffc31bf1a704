"""Claims jobs, hands them to workers, takes in what they tell, publishes clips."""
