"""The words and wire formats that every part of Understudy shares.

Nothing here does I/O or holds state, and nothing but the standard library and msgspec is
imported, so that an editor plug-in, the gateway and the trainer can all depend on it for a few
milliseconds.

| module          | word                                                                    |
| --------------- | ----------------------------------------------------------------------- |
| `repository`    | the unit that is learned: root commit plus normalised remote            |
| `completion`    | what is asked (prefix, suffix, snippets) and what streams back          |
| `events`        | what became of a suggestion: shown, accepted, rejected, ignored, kept … |
| `fim`           | the one place where parts become a prompt, as token ids                 |
| `fim_tokens`    | text of the user as token ids, none of which steers the model           |
| `fim_cut`       | what of a text is kept when not all of it fits                          |
| `comments`      | the leader of a line comment, by path                                   |
| `experience`    | what is held about a repository, for whoever asks                       |
| `fim_formats`   | the fill-in-the-middle formats of the model families, as data           |
| `release`       | everything learned in one night, and its manifest                       |
| `errors`        | the error tree and the problem codes used on the wire                   |
| `schema`        | JSON Schema of all of the above                                         |
"""
