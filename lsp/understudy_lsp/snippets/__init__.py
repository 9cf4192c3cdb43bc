"""Excerpts of other places that help the model at a cursor."""
