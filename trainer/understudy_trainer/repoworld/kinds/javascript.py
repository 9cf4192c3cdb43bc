"""JavaScript and TypeScript, with and without JSX."""

_SIMPLE = """[
  (expression_statement) (lexical_declaration) (variable_declaration) (return_statement)
  (throw_statement)
]"""

_STATEMENT = """[
  (expression_statement) (lexical_declaration) (variable_declaration) (return_statement)
  (throw_statement) (if_statement) (for_statement) (for_in_statement) (while_statement)
  (do_statement) (try_statement) (switch_statement)
]"""

_BOTH = f"""
(import_statement) @import_line
(import_statement (import_clause (named_imports) @imported_names.inside))

; Bodies. Of a body that is several of these, the first counts.
((comment) @_doc . [
    (function_declaration body: (statement_block) @documented_body.inside)
    (generator_function_declaration body: (statement_block) @documented_body.inside)
    (method_definition body: (statement_block) @documented_body.inside)
    (export_statement declaration: (function_declaration
      body: (statement_block) @documented_body.inside))
  ]
  (#match? @_doc "^/[*][*]")
  (#above? @_doc))
(call_expression
  function: (identifier) @_name
  arguments: (arguments [
    (arrow_function body: (statement_block) @test_body.inside)
    (function_expression body: (statement_block) @test_body.inside)
  ])
  (#any-of? @_name "it" "test"))
(_ parameters: (_) body: (statement_block . (_) . (_)) @small_body.inside)

; Statements.
(statement_block (comment) @_comment . {_STATEMENT} @commented_code (#above? @_comment))
(statement_block . {_SIMPLE} @first_statement)
(statement_block (_) . {_SIMPLE} @next_statement)

; Values that are assigned.
(program (lexical_declaration kind: "const" (variable_declarator
  name: (identifier) @_name value: (_) @global_constant))
  (#match? @_name "^[A-Z][A-Z0-9_]*$"))
(program (export_statement (lexical_declaration kind: "const" (variable_declarator
  name: (identifier) @_name value: (_) @global_constant)))
  (#match? @_name "^[A-Z][A-Z0-9_]*$"))
(method_definition
  name: (property_identifier) @_name
  body: (statement_block (expression_statement (assignment_expression
    left: (member_expression object: (this))
    right: (_) @self_attribute)))
  (#eq? @_name "constructor"))
(variable_declarator value: (_) @right_hand_side)
(assignment_expression right: (_) @right_hand_side)
(augmented_assignment_expression right: (_) @augmented_assignment)
(variable_declarator name: (object_pattern) @unpacking_target.inside)
(variable_declarator name: (array_pattern) @unpacking_target.inside)

; Control.
(return_statement (_) @return_value)
(yield_expression (_) @yield_value)
(if_statement condition: (parenthesized_expression) @condition.inside)
(while_statement condition: (parenthesized_expression) @while_condition.inside)
(do_statement condition: (parenthesized_expression) @while_condition.inside)
(for_in_statement kind: _ @for_header.from right: (_) @for_header.to)
(for_statement initializer: (_) @for_header.from increment: (_) @for_header.to)
(switch_case value: (_) @match_case)
(throw_statement (_) @raised_error)

; Calls.
(call_expression
  function: (identifier) @_name
  arguments: (arguments) @test_assertion.inside
  (#any-of? @_name "expect" "assert"))
(call_expression
  function: (member_expression object: (identifier) @_name)
  arguments: (arguments) @test_assertion.inside
  (#any-of? @_name "assert"))
(call_expression
  function: (member_expression object: (_) @_log property: (property_identifier) @_name)
  arguments: (arguments . [(string) (template_string)] @log_message.text)
  (#match? @_log "([lL]og|console)")
  (#any-of? @_name "debug" "info" "log" "trace" "warn" "error"))
(throw_statement (new_expression
  arguments: (arguments . [(string) (template_string)] @error_message.text)))
(subscript_expression index: (string) @configuration_key.text)
(member_expression
  object: (member_expression property: (property_identifier) @_name)
  property: (property_identifier) @configuration_key
  (#eq? @_name "env"))
(call_expression
  function: (member_expression property: (property_identifier) @_name)
  arguments: (arguments . (string) @configuration_key.text)
  (#any-of? @_name "get" "has" "getItem")
  (#not-match? @configuration_key.text "/"))
(arguments (string) @string_argument.text)
(call_expression arguments: (arguments) @call_arguments.inside)
(new_expression arguments: (arguments) @call_arguments.inside)
(call_expression
  function: (member_expression property: (_) @method_call.from)) @method_call.to
(member_expression property: (property_identifier) @attribute)
(call_expression function: (member_expression property: (property_identifier) @attribute.not))

; Signatures.
(decorator (_) @decorator)
(_ parameters: (formal_parameters) @parameters.inside)

; Expressions.
(arrow_function body: (_) @lambda_body)
(arrow_function body: (statement_block) @lambda_body.not)
(object (pair) @dictionary_entry)
(object (pair value: (_) @dictionary_value))
(array "," . (_) @list_element)
(subscript_expression index: (_) @subscript)
(subscript_expression index: (string) @subscript.not)
(template_substitution) @string_field.inside
(binary_expression
  operator: ["==" "===" "!=" "!==" "<" "<=" ">" ">=" "instanceof" "in"]
  right: (_) @comparison_operand)
(binary_expression operator: ["&&" "||" "??"] right: (_) @boolean_operand)
(binary_expression
  operator: ["+" "-" "*" "/" "%" "**" "|" "&" "^" "<<" ">>" ">>>"]
  right: (_) @arithmetic_operand)
"""

QUERY = (
    _BOTH
    + """
(class_heritage (_) @class_header)
(field_definition value: (_) @class_attribute)
(assignment_pattern right: (_) @default_value)
"""
)

TYPED_QUERY = (
    _BOTH
    + """
(extends_clause value: (_) @class_header.from) @class_header.to
(implements_clause . (_) @class_header.from) @class_header.to
(extends_type_clause . (_) @class_header.from) @class_header.to
(public_field_definition value: (_) @class_attribute)
(required_parameter value: (_) @default_value)
(optional_parameter value: (_) @default_value)
(_ return_type: (type_annotation (_) @return_type))
(required_parameter type: (type_annotation (_) @type_annotation))
(optional_parameter type: (type_annotation (_) @type_annotation))
(variable_declarator type: (type_annotation (_) @type_annotation))
(public_field_definition type: (type_annotation (_) @type_annotation))
(property_signature type: (type_annotation (_) @type_annotation))
"""
)
