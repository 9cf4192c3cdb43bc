"""What the 22 languages are like: kinds of their grammars' nodes, and patterns for lines.

Adding a language is adding a row. Patterns are kept as text: `re` caches what it compiled, and most
people use two or three of these languages.
"""

from enum import StrEnum

import msgspec


class ScopeKind(StrEnum):
    FUNCTION = "function"
    TYPE = "type"
    """A class, interface, module or anything else that holds definitions."""
    BLOCK = "block"
    """A branch, a loop, a literal: a scope without a name."""


class Layout(StrEnum):
    """What tells where a scope ends."""

    BRACES = "braces"
    """A closing token."""
    INDENT = "indent"
    """The first line that is indented less."""
    FLAT = "flat"
    """The next line that opens a scope."""


_BRACE = r"\{\s*(//.*|/\*.*)?$|^\s*(case\b.*|default\s*):\s*(//.*)?$"


class Language(msgspec.Struct, frozen=True, kw_only=True):
    bodies: frozenset[str] = frozenset()
    """Nodes that hold the inside of a scope."""
    functions: frozenset[str] = frozenset()
    """Nodes that a body belongs to, or that are one."""
    types: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset()
    interpolations: frozenset[str] = frozenset()
    """Nodes of code inside a string."""
    code_begins: tuple[str, ...] = ()
    """Begin one. Grammars do not see it while it is empty."""
    comments: frozenset[str] = frozenset({"comment"})
    opens: str = _BRACE
    """Matches in a line, up to its end, that opens a scope."""
    layout: Layout = Layout.BRACES
    line_comment: str = "//"
    """Begins a comment; empty if the language has none that ends with the line."""
    quotes: str = "\"'"
    """Begin and end a string within a line."""
    word: str = ""
    """What belongs to a word beside letters, digits and `_`."""
    fences: tuple[str, ...] = ()
    """Begin and end something that spans lines and may hold anything."""
    prelude: str = ""
    """Must stand before code for the grammar to take it as code."""
    docstrings: bool = False
    """A string that stands first in a body describes it."""
    imports: tuple[str, ...] = ()
    """Match an import: `module`, and `names` where it says which."""


def language(name: str) -> Language:
    """The row of the LSP language id `name`; for an unknown one, what most languages share."""
    return _ROWS.get(name, _UNKNOWN)


def _kinds(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNKNOWN = Language(opens=r"[{:]\s*$", line_comment="")

_JAVASCRIPT = Language(
    bodies=_kinds(
        "statement_block class_body switch_body object interface_body enum_body object_type"
        " jsx_element"
    ),
    functions=_kinds(
        "function_declaration function_expression arrow_function method_definition"
        " generator_function generator_function_declaration"
    ),
    types=_kinds(
        "class_declaration class interface_declaration enum_declaration internal_module module"
        " abstract_class_declaration type_alias_declaration"
    ),
    strings=_kinds("string template_string regex"),
    interpolations=_kinds("template_substitution"),
    code_begins=("${",),
    comments=_kinds("comment html_comment"),
    quotes="\"'`",
    word="$",
    fences=("`",),
    imports=(
        r"^(?:import|export)\s+(?:type\s+)?(?P<names>[^;'\"]+?)\s+from\s+['\"](?P<module>[^'\"\n]+)",
        r"^(?:const|let|var)\s+(?P<names>\{[^}]*\}|\w+)\s*=\s*require\(\s*['\"](?P<module>[^'\"\n]+)",
    ),
)

_C = Language(
    bodies=_kinds(
        "compound_statement field_declaration_list enumerator_list initializer_list"
        " declaration_list"
    ),
    functions=_kinds("function_definition"),
    types=_kinds("struct_specifier union_specifier enum_specifier type_definition"),
    strings=_kinds("string_literal char_literal system_lib_string"),
    imports=(r"^[ \t]*#[ \t]*include[ \t]*[<\"](?P<module>[^>\"\n]+)",),
)

_BASH = Language(
    bodies=_kinds("compound_statement do_group if_statement case_statement subshell"),
    functions=_kinds("function_definition"),
    strings=_kinds("string raw_string ansi_c_string translated_string heredoc_body"),
    interpolations=_kinds("command_substitution expansion"),
    code_begins=("$(", "${"),
    opens=r"(\b(then|do|else|in)|\{|^\s*[^\s()]+\))\s*(#.*)?$",
    layout=Layout.INDENT,
    line_comment="#",
    imports=(r"^[ \t]*(?:source|\.)[ \t]+(?P<module>\S+)",),
)

_JSON = Language(
    bodies=_kinds("object array"),
    strings=_kinds("string"),
    opens=r"[\[{]\s*$",
    line_comment="",
    quotes='"',
)

_ROWS: dict[str, Language] = {
    "python": Language(
        bodies=_kinds("block"),
        functions=_kinds("function_definition"),
        types=_kinds("class_definition"),
        strings=_kinds("string"),
        interpolations=_kinds("interpolation"),
        opens=(
            r"^\s*((async\s+)?(def|class|if|elif|else|for|while|with|try|except|finally|match|case)"
            r"\b.*|[)\]}].*):\s*(#.*)?$"
        ),
        layout=Layout.INDENT,
        line_comment="#",
        fences=('"""', "'''"),
        docstrings=True,
        imports=(
            r"^[ \t]*from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]+(?P<names>\([^)]*|[^\n#;]+)",
            r"^[ \t]*import[ \t]+(?P<module>[.\w]+)(?:[ \t]+as[ \t]+(?P<names>\w+))?",
        ),
    ),
    "typescript": _JAVASCRIPT,
    "typescriptreact": _JAVASCRIPT,
    "javascript": _JAVASCRIPT,
    "javascriptreact": _JAVASCRIPT,
    "go": Language(
        bodies=_kinds(
            "block field_declaration_list interface_type literal_value import_spec_list"
            " var_spec_list expression_switch_statement type_switch_statement select_statement"
        ),
        functions=_kinds("function_declaration method_declaration func_literal"),
        types=_kinds("type_spec"),
        strings=_kinds("interpreted_string_literal raw_string_literal rune_literal"),
        quotes="\"'`",
        fences=("`",),
        imports=(
            r"^(?:import[ \t]+|[ \t]+)(?:(?P<names>[\w.]+)[ \t]+)?\"(?P<module>[^\"\n]+)\"[ \t]*$",
        ),
    ),
    "rust": Language(
        bodies=_kinds(
            "block declaration_list field_declaration_list enum_variant_list match_block"
            " field_initializer_list"
        ),
        functions=_kinds("function_item closure_expression"),
        types=_kinds("impl_item trait_item struct_item enum_item union_item mod_item"),
        strings=_kinds("string_literal raw_string_literal char_literal"),
        comments=_kinds("line_comment block_comment"),
        quotes='"',
        imports=(
            r"^[ \t]*(?:pub[ \t]+)?use[ \t]+(?P<module>[\w:]+?)::"
            r"(?P<names>\{[^;]*|\w+(?:[ \t]+as[ \t]+\w+)?|\*);",
        ),
    ),
    "java": Language(
        bodies=_kinds(
            "block class_body interface_body enum_body switch_block constructor_body"
            " annotation_type_body array_initializer"
        ),
        functions=_kinds(
            "method_declaration constructor_declaration lambda_expression"
            " compact_constructor_declaration"
        ),
        types=_kinds(
            "class_declaration interface_declaration enum_declaration record_declaration"
            " annotation_type_declaration"
        ),
        strings=_kinds("string_literal character_literal"),
        interpolations=_kinds("string_interpolation"),
        code_begins=("\\{",),
        comments=_kinds("line_comment block_comment"),
        fences=('"""',),
        imports=(r"^import[ \t]+(?:static[ \t]+)?(?P<module>[\w.]+)[ \t]*;",),
    ),
    "c": _C,
    "cpp": msgspec.structs.replace(
        _C,
        functions=_C.functions | _kinds("lambda_expression"),
        types=_C.types | _kinds("class_specifier namespace_definition concept_definition"),
        strings=_C.strings | _kinds("raw_string_literal"),
    ),
    "csharp": Language(
        bodies=_kinds(
            "block declaration_list enum_member_declaration_list switch_body accessor_list"
            " initializer_expression switch_expression"
        ),
        functions=_kinds(
            "method_declaration constructor_declaration destructor_declaration"
            " local_function_statement lambda_expression anonymous_method_expression"
            " operator_declaration property_declaration indexer_declaration"
        ),
        types=_kinds(
            "class_declaration interface_declaration struct_declaration enum_declaration"
            " record_declaration namespace_declaration"
        ),
        strings=_kinds(
            "string_literal character_literal verbatim_string_literal raw_string_literal"
            " interpolated_string_expression"
        ),
        interpolations=_kinds("interpolation"),
        code_begins=("{",),
        opens=_BRACE + r"|^\s*(public|private|protected|internal|static|class|struct|interface|enum"
        r"|namespace|record)\b[^;={}]*$",
        fences=('"""',),
        imports=(
            r"^[ \t]*(?:global[ \t]+)?using[ \t]+(?:static[ \t]+)?(?:(?P<names>\w+)[ \t]*=[ \t]*)?"
            r"(?P<module>[\w.]+)[ \t]*;",
        ),
    ),
    "ruby": Language(
        bodies=_kinds(
            "method singleton_method class module singleton_class do_block block begin if unless"
            " while until case for hash"
        ),
        functions=_kinds("method singleton_method"),
        types=_kinds("class module singleton_class"),
        strings=_kinds("string heredoc_body regex subshell string_array symbol_array"),
        interpolations=_kinds("interpolation"),
        code_begins=("#{",),
        opens=(
            r"(\b(do|then|else|begin|ensure)(\s*\|[^|]*\|)?|\{(\s*\|[^|]*\|)?|^\s*(def|class|module"
            r"|if|unless|while|until|case|for|elsif|when|rescue|in)\b(?!.*\bend\b).*)\s*(#.*)?$"
        ),
        layout=Layout.INDENT,
        line_comment="#",
        quotes="\"'`",
        word="?!@",
        imports=(r"^[ \t]*require(?:_relative)?[ \t]*\(?[ \t]*['\"](?P<module>[^'\"\n]+)",),
    ),
    "php": Language(
        bodies=_kinds(
            "compound_statement declaration_list enum_declaration_list switch_block match_block"
            " property_hook_list array_creation_expression"
        ),
        functions=_kinds(
            "function_definition method_declaration anonymous_function arrow_function"
        ),
        types=_kinds(
            "class_declaration interface_declaration trait_declaration enum_declaration"
            " namespace_definition"
        ),
        strings=_kinds("string encapsed_string heredoc nowdoc shell_command_expression"),
        opens=_BRACE + r"|^\s*(abstract|final|public|private|protected|static|function|class"
        r"|interface|trait|enum)\b[^;={}]*$",
        word="$",
        prelude="<?php\n",
        imports=(
            r"^use[ \t]+(?:function[ \t]+|const[ \t]+)?(?P<module>[\w\\]+?)"
            r"(?:\\(?P<names>\{[^}]*))?[ \t]*(?:;|\})",
            r"^use[ \t]+(?P<module>[\w\\]+)[ \t]+as[ \t]+(?P<names>\w+)",
        ),
    ),
    "kotlin": Language(
        bodies=_kinds(
            "class_body enum_class_body function_body control_structure_body lambda_literal"
            " catch_block finally_block when_expression"
        ),
        functions=_kinds("function_declaration secondary_constructor anonymous_function"),
        types=_kinds("class_declaration object_declaration companion_object"),
        strings=_kinds("string_literal character_literal"),
        interpolations=_kinds("interpolated_expression"),
        code_begins=("${",),
        comments=_kinds("line_comment multiline_comment"),
        opens=_BRACE + r"|\{[^{}]*->\s*$",
        fences=('"""',),
        imports=(r"^import[ \t]+(?P<module>[\w.]+)(?:[ \t]+as[ \t]+(?P<names>\w+))?",),
    ),
    "swift": Language(
        bodies=_kinds(
            "class_body enum_class_body protocol_body function_body computed_property"
            " lambda_literal if_statement for_statement while_statement guard_statement"
            " do_statement switch_statement catch_block willset_didset_block"
        ),
        functions=_kinds("function_declaration init_declaration deinit_declaration"),
        types=_kinds("class_declaration protocol_declaration"),
        strings=_kinds("line_string_literal multi_line_string_literal raw_string_literal"),
        interpolations=_kinds("interpolated_expression raw_str_interpolation"),
        code_begins=("\\(",),
        comments=_kinds("comment multiline_comment"),
        opens=_BRACE + r"|\{[^{}]*\bin\s*$",
        quotes='"',
        fences=('"""',),
        imports=(r"^import[ \t]+(?:\w+[ \t]+)?(?P<module>[\w.]+)",),
    ),
    "scala": Language(
        bodies=_kinds("template_body block case_block enum_body with_template_body"),
        functions=_kinds("function_definition lambda_expression"),
        types=_kinds(
            "class_definition object_definition trait_definition enum_definition"
            " extension_definition given_definition package_object"
        ),
        strings=_kinds("string interpolated_string_expression character_literal"),
        interpolations=_kinds("interpolation"),
        code_begins=("${",),
        comments=_kinds("comment block_comment"),
        opens=_BRACE + r"|(=>|\b(then|else|do|yield|try|finally|match))\s*$"
        r"|^\s*(def|class|object|trait|enum|extension|given)\b.*[:=]\s*$",
        fences=('"""',),
        imports=(r"^[ \t]*import[ \t]+(?P<module>[\w.]+?)\.(?P<names>\{[^}]*|\w+[ \t]*$)",),
    ),
    "shellscript": _BASH,
    "sh": _BASH,
    "bash": _BASH,
    "sql": Language(
        bodies=_kinds("block column_definitions subquery function_body"),
        functions=_kinds("create_function"),
        types=_kinds("create_table"),
        strings=_kinds("literal"),
        comments=_kinds("comment marginalia"),
        opens=r"(?i)(\b(begin|then|else|as|loop|declare|select|where|set|values)|\()\s*(--.*)?$",
        layout=Layout.INDENT,
        line_comment="--",
    ),
    "yaml": Language(
        bodies=_kinds("block_mapping_pair block_sequence_item flow_mapping flow_sequence"),
        strings=_kinds("double_quote_scalar single_quote_scalar"),
        opens=r"(:|^\s*-|[:-]\s*[|>][-+\d]*)(\s+#.*)?$",
        layout=Layout.INDENT,
        line_comment="#",
        quotes="",
        word="-",
    ),
    "toml": Language(
        bodies=_kinds("table table_array_element inline_table array"),
        types=_kinds("table table_array_element"),
        strings=_kinds("string"),
        opens=r"^\s*\[.*\]\s*(#.*)?$|[\[{]\s*$",
        layout=Layout.FLAT,
        line_comment="#",
        word="-",
        fences=('"""', "'''"),
    ),
    "json": _JSON,
    "jsonc": msgspec.structs.replace(_JSON, line_comment="//"),
    "markdown": Language(
        bodies=_kinds("section fenced_code_block"),
        types=_kinds("section"),
        comments=frozenset(),
        opens=r"^#{1,6}\s.*$|^\s*(```|~~~)[\w+-]+\s*$",
        layout=Layout.FLAT,
        line_comment="",
        quotes="",
        word="-",
        fences=("\n```",),
    ),
    "html": Language(
        bodies=_kinds("element script_element style_element"),
        strings=_kinds("quoted_attribute_value"),
        opens=(
            r"(?i)<(?!area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)[a-z][\w:-]*"
            r"(\s[^<>]*)?(?<!/)>\s*$|\{\s*$"
        ),
        line_comment="",
        quotes="",
        word="-",
    ),
    "css": Language(
        bodies=_kinds("block keyframe_block_list"),
        types=_kinds("rule_set at_rule media_statement keyframes_statement"),
        strings=_kinds("string_value"),
        comments=_kinds("comment js_comment"),
        opens=r"\{\s*(/\*.*)?$",
        line_comment="",
        word="-",
        imports=(r"^@import[ \t]+(?:url\()?['\"]?(?P<module>[^'\")\n;]+)",),
    ),
}
