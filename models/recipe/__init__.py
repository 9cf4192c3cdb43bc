"""How the embedded model was made: corpus, tokenizer, examples, training, evaluation."""
