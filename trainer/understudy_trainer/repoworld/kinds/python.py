"""Python: all kinds."""

_SIMPLE = """[
  (expression_statement) (return_statement) (raise_statement) (assert_statement)
  (delete_statement)
]"""

_STATEMENT = """[
  (expression_statement) (return_statement) (raise_statement) (assert_statement)
  (delete_statement) (if_statement) (for_statement) (while_statement) (try_statement)
  (with_statement)
]"""

QUERY = f"""
(import_statement) @import_line
(import_from_statement) @import_line
(import_from_statement "import" . (dotted_name) @imported_names.from) @imported_names.to
(import_from_statement "import" . (aliased_import) @imported_names.from) @imported_names.to
(import_from_statement "(" . (_) @imported_names.from (_) @imported_names.to . ","? . ")")

; Bodies. Of a body that is several of these, the first counts.
(if_statement
  condition: (comparison_operator) @_name
  consequence: (block) @main_body
  (#match? @_name "__name__"))
(function_definition body: (block . (string) . (_) @documented_body.from) @documented_body.to)
(function_definition body: (block . (string) . (ellipsis) @documented_body.not))
(function_definition name: (identifier) @_name body: (block) @test_body (#match? @_name "^test"))
(function_definition body: (block . (_) . (_)) @small_body)
(function_definition body: (block . (string)) @test_body.not @small_body.not)

; Statements. A class has attributes instead, and a string alone is documentation.
(block (comment) @_comment . {_STATEMENT} @commented_code (#above? @_comment))
(_ (comment) @_comment . (block . {_STATEMENT} @commented_code) (#above? @_comment))
(block . {_SIMPLE} @first_statement)
(block (_) . {_SIMPLE} @next_statement)
(block [(string) (ellipsis)] @commented_code.not @first_statement.not @next_statement.not)
(class_definition
  body: (block (_) @commented_code.not @first_statement.not @next_statement.not))

; Values that are assigned.
(module (assignment left: (identifier) @_name right: (_) @global_constant)
  (#match? @_name "^_*[A-Z][A-Z0-9_]*$"))
(class_definition body: (block (assignment right: (_) @class_attribute)))
(function_definition
  name: (identifier) @_name
  body: (block (assignment
    left: (attribute object: (identifier) @_self)
    right: (_) @self_attribute))
  (#eq? @_name "__init__")
  (#eq? @_self "self"))
(assignment right: (_) @right_hand_side)
(augmented_assignment right: (_) @augmented_assignment)
(assignment left: (pattern_list) @unpacking_target)
(assignment left: (tuple_pattern) @unpacking_target.inside)

; Control.
(return_statement (_) @return_value)
(yield (_) @yield_value)
(if_statement condition: (_) @condition)
(elif_clause condition: (_) @condition)
(while_statement condition: (_) @while_condition)
(for_statement left: (_) @for_header right: (_) @for_header)
(with_item) @with_item
(case_clause . (case_pattern) @match_case)
(except_clause value: (_) @exception_handler)
(raise_statement . (_) @raised_error)
((assert_statement . (_) @test_assertion) (#in-test? @test_assertion))
(call
  function: (attribute object: (identifier) @_self attribute: (identifier) @_name)
  arguments: (argument_list) @test_assertion.inside
  (#eq? @_self "self")
  (#match? @_name "^assert"))

; Calls.
(call
  function: (attribute object: (_) @_log attribute: (identifier) @_name)
  arguments: (argument_list . (string) @log_message.text)
  (#match? @_log "[lL][oO][gG]")
  (#any-of? @_name "debug" "info" "warning" "warn" "error" "exception" "critical" "log"))
(raise_statement (call arguments: (argument_list . (string) @error_message.text)))
(subscript subscript: (string) @configuration_key.text)
(call
  function: [(identifier) @_name (attribute attribute: (identifier) @_name)]
  arguments: (argument_list . (string) @configuration_key.text)
  (#any-of? @_name "get" "getenv" "pop" "setdefault")
  (#not-match? @configuration_key.text "/"))
(argument_list (string) @string_argument.text)
(argument_list (keyword_argument) @keyword_argument)
(call arguments: (argument_list) @call_arguments.inside)
(call function: (attribute attribute: (identifier) @method_call.from)) @method_call.to
(attribute attribute: (identifier) @attribute)
(call function: (attribute attribute: (identifier) @attribute.not))

; Signatures.
(class_definition superclasses: (argument_list) @class_header.inside)
(decorator (_) @decorator)
(function_definition parameters: (parameters) @parameters.inside)
((parameters . (identifier) @parameters.not .) (#any-of? @parameters.not "self" "cls"))
(function_definition return_type: (_) @return_type)
(typed_parameter type: (_) @type_annotation)
(typed_default_parameter type: (_) @type_annotation)
(assignment type: (_) @type_annotation)
(default_parameter value: (_) @default_value)
(typed_default_parameter value: (_) @default_value)

; Expressions.
(lambda body: (_) @lambda_body)
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)]
  @comprehension.inside
(dictionary (pair) @dictionary_entry)
(dictionary (pair value: (_) @dictionary_value))
(list "," . (_) @list_element)
(tuple "," . (_) @list_element)
(set "," . (_) @list_element)
(subscript subscript: (slice) @slice)
(subscript subscript: (_) @subscript)
(subscript subscript: (string) @subscript.not)
(interpolation expression: (_) @string_field)
(comparison_operator (_) @comparison_operand .)
(boolean_operator right: (_) @boolean_operand)
(binary_operator right: (_) @arithmetic_operand)
"""
