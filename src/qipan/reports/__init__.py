"""Faces: documents that the register and the plans are printed as."""
