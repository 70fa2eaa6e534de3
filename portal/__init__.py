"""The citizen's own pages: what is going on, who helps, what is known, who looked, and who may see what."""
