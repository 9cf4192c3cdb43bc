"""The night: gather, curriculum, learn, prove, gate, publish; and what it tells about itself."""
