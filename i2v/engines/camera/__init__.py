"""The camera engine: moves a virtual camera over the picture, without any model."""
