"""The steps. A step that was released is never changed; what it did wrong, the next one mends."""
