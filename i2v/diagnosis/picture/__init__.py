"""What a picture's pixels say of the clip that would come of it: measures first, then advice."""
