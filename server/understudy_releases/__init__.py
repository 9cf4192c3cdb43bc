"""What lies on disk and is shared by all who serve, learn or measure: releases, what is promoted,
base models and the folders of all that. The gateway serves from it, the trainer publishes into it.
"""
