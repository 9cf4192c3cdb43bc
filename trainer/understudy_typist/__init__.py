"""A developer at an editor, played by a program: real keys, real messages, a real language server.

person, keys   how fast they type, and with which keys
typing         they write a text, and take a suggestion that is right
desk           how an editor asks for ghost text and tells what became of it
editor         an open document, and what an editor says of it
connection, language_server, gateway_process   the real programs
history        what people typed into a repository, rebuilt from its commits
"""
