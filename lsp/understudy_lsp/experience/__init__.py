"""What becomes of suggestions: followed, told as events, and delivered to the gateway."""
