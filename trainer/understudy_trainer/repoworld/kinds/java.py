"""Java."""

_SIMPLE = """[
  (expression_statement) (local_variable_declaration) (return_statement) (throw_statement)
  (assert_statement)
]"""

_STATEMENT = """[
  (expression_statement) (local_variable_declaration) (return_statement) (throw_statement)
  (assert_statement) (if_statement) (for_statement) (enhanced_for_statement) (while_statement)
  (do_statement) (try_statement) (try_with_resources_statement) (switch_expression)
]"""

QUERY = f"""
(import_declaration) @import_line

; Bodies. Of a body that is several of these, the first counts.
(method_declaration
  (modifiers "static")
  name: (identifier) @_name
  body: (block) @main_body.inside
  (#eq? @_name "main"))
(method_declaration
  (modifiers (marker_annotation name: (identifier) @_test))
  body: (block) @test_body.inside
  (#match? @_test "Test$"))
((block_comment) @_doc . (method_declaration body: (block) @documented_body.inside)
  (#match? @_doc "^/[*][*]")
  (#above? @_doc))
(method_declaration body: (block . (_) . (_)) @small_body.inside)

; Statements.
(block [(line_comment) (block_comment)] @_comment . {_STATEMENT} @commented_code
  (#above? @_comment))
(block . {_SIMPLE} @first_statement)
(constructor_body . {_SIMPLE} @first_statement)
(block (_) . {_SIMPLE} @next_statement)
(constructor_body (_) . {_SIMPLE} @next_statement)

; Values that are assigned.
(field_declaration
  (modifiers "static" "final")
  declarator: (variable_declarator value: (_) @global_constant))
(field_declaration declarator: (variable_declarator value: (_) @class_attribute))
(constructor_body (expression_statement (assignment_expression
  left: (field_access object: (this))
  right: (_) @self_attribute)))
(variable_declarator value: (_) @right_hand_side)
(assignment_expression operator: "=" right: (_) @right_hand_side)
(assignment_expression
  operator: ["+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "<<=" ">>=" ">>>="]
  right: (_) @augmented_assignment)

; Control.
(return_statement (_) @return_value)
(if_statement condition: (parenthesized_expression) @condition.inside)
(while_statement condition: (parenthesized_expression) @while_condition.inside)
(do_statement condition: (parenthesized_expression) @while_condition.inside)
(enhanced_for_statement type: (_) @for_header.from value: (_) @for_header.to)
(for_statement init: (_) @for_header.from update: (_) @for_header.to)
(switch_label "case" . (_) @match_case)
(resource_specification (resource) @with_item)
(catch_formal_parameter) @exception_handler
(throw_statement (_) @raised_error)

; Calls.
(method_invocation
  name: (identifier) @_name
  arguments: (argument_list) @test_assertion.inside
  (#match? @_name "^(assert|verify)"))
(method_invocation
  object: (_) @_log
  name: (identifier) @_name
  arguments: (argument_list . (string_literal) @log_message.text)
  (#match? @_log "[lL][oO][gG]")
  (#any-of? @_name "trace" "debug" "info" "warn" "warning" "error" "severe" "fine"))
(throw_statement (object_creation_expression
  arguments: (argument_list . (string_literal) @error_message.text)))
(method_invocation
  name: (identifier) @_name
  arguments: (argument_list . (string_literal) @configuration_key.text)
  (#match? @_name "^(get|getenv|getProperty|getString|getInt|getBoolean|getOrDefault)$")
  (#not-match? @configuration_key.text "/"))
(argument_list (string_literal) @string_argument.text)
(method_invocation arguments: (argument_list) @call_arguments.inside)
(object_creation_expression arguments: (argument_list) @call_arguments.inside)
(method_invocation
  object: (_)
  name: (identifier) @method_call.from
  arguments: (argument_list) @method_call.to)
(field_access field: (identifier) @attribute)

; Signatures.
(superclass (_) @class_header)
(super_interfaces (_) @class_header)
(extends_interfaces (_) @class_header)
(annotation name: (_) @decorator arguments: (_) @decorator)
(marker_annotation name: (_) @decorator)
(_ parameters: (formal_parameters) @parameters.inside)
(method_declaration type: (_) @return_type)
(method_declaration type: (void_type) @return_type.not)
(field_declaration type: (_) @type_annotation)
(local_variable_declaration type: (_) @type_annotation)
(formal_parameter type: (_) @type_annotation)
(local_variable_declaration type: (type_identifier) @_var @type_annotation.not
  (#eq? @_var "var"))

; Expressions.
(lambda_expression body: (_) @lambda_body)
(lambda_expression body: (block) @lambda_body.not)
(array_initializer "," . (_) @list_element)
(array_access index: (_) @subscript)
(binary_expression operator: ["==" "!=" "<" "<=" ">" ">="] right: (_) @comparison_operand)
(binary_expression operator: ["&&" "||"] right: (_) @boolean_operand)
(binary_expression
  operator: ["+" "-" "*" "/" "%" "&" "|" "^" "<<" ">>" ">>>"]
  right: (_) @arithmetic_operand)
"""
