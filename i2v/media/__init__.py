"""Pictures in, clips out: intake, MP4, the recipe inside it, and how a file comes to last."""
