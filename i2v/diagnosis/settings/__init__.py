"""Whether the settings of a clip go together, and the nearest ones that do."""
