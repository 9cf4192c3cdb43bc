"""`understudy bench edit`: the language server driven as an editor drives it, and measured."""
