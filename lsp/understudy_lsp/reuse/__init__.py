"""Earlier work that answers this request: nothing is asked twice."""
