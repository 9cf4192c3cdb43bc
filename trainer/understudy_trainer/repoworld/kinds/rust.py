"""Rust. The arguments of a macro have no tree of their own, only their tokens."""

_SIMPLE = "[(let_declaration) (expression_statement)]"

QUERY = f"""
(use_declaration) @import_line
(use_list) @imported_names.inside

; Bodies. Of a body that is several of these, the first counts.
(function_item name: (identifier) @_name body: (block) @main_body.inside (#eq? @_name "main"))
((attribute_item) @_test . (function_item body: (block) @test_body.inside)
  (#match? @_test "test"))
((line_comment doc: (_)) @_doc . (attribute_item)* . (function_item
  body: (block) @documented_body.inside)
  (#above? @_doc))
(function_item body: (block . (_) . (_)) @small_body.inside)

; Statements.
(block (line_comment) @_comment . {_SIMPLE} @commented_code (#above? @_comment))
(block . {_SIMPLE} @first_statement)
(block (_) . {_SIMPLE} @next_statement)

; Values that are assigned.
(const_item value: (_) @global_constant)
(static_item value: (_) @global_constant)
(struct_item body: (field_declaration_list (field_declaration) @class_attribute))
(let_declaration value: (_) @right_hand_side)
(assignment_expression right: (_) @right_hand_side)
(compound_assignment_expr right: (_) @augmented_assignment)
(let_declaration pattern: (tuple_pattern) @unpacking_target.inside)

; Control.
(call_expression
  function: (identifier) @_name
  arguments: (arguments) @raised_error.inside
  (#eq? @_name "Err"))
(return_expression (_) @return_value)
(function_item body: (block (_expression) @return_value . "}}"))
(if_expression condition: (_) @condition)
(while_expression condition: (_) @while_condition)
(for_expression pattern: (_) @for_header value: (_) @for_header)
(match_arm pattern: (_) @match_case)

; Calls.
((macro_invocation macro: (identifier) @_name (token_tree) @test_assertion.inside)
  (#match? @_name "^assert")
  (#in-test? @_name))
((macro_invocation
  macro: (identifier) @_name
  (token_tree . "(" . (string_literal) @log_message.text))
  (#any-of? @_name "trace" "debug" "info" "warn" "error"))
((macro_invocation
  macro: (identifier) @_name
  (token_tree . "(" . (string_literal) @error_message.text))
  (#any-of? @_name "panic" "bail" "anyhow" "unreachable" "unimplemented" "todo"))
(call_expression
  function: (field_expression field: (field_identifier) @_name)
  arguments: (arguments . (string_literal) @error_message.text)
  (#any-of? @_name "expect" "context"))
(index_expression (_) . "[" . (string_literal) @configuration_key.text)
(call_expression
  function: [
    (field_expression field: (field_identifier) @_name)
    (scoped_identifier name: (identifier) @_name)
  ]
  arguments: (arguments . (string_literal) @configuration_key.text)
  (#any-of? @_name "get" "var" "var_os")
  (#not-match? @configuration_key.text "/"))
(arguments (string_literal) @string_argument.text)
(macro_invocation (token_tree . "(" . (string_literal) @string_argument.text))
(call_expression arguments: (arguments) @call_arguments.inside)
(call_expression function: (field_expression field: (_) @method_call.from)) @method_call.to
(field_expression field: (field_identifier) @attribute)
(call_expression function: (field_expression field: (field_identifier) @attribute.not))

; Signatures.
(impl_item trait: (_) @class_header type: (_) @class_header)
(attribute_item (attribute) @decorator)
(function_item parameters: (parameters) @parameters.inside)
(function_signature_item parameters: (parameters) @parameters.inside)
(parameters . (self_parameter) @parameters.not .)
(function_item return_type: (_) @return_type)
(function_signature_item return_type: (_) @return_type)
(parameter type: (_) @type_annotation)
(let_declaration type: (_) @type_annotation)
(field_declaration type: (_) @type_annotation)

; Expressions.
(closure_expression body: (_) @lambda_body)
(closure_expression body: (block) @lambda_body.not)
(field_initializer_list (field_initializer) @dictionary_entry)
(field_initializer_list (field_initializer value: (_) @dictionary_value))
(array_expression "," . (_) @list_element)
(index_expression (_) . "[" . (range_expression) @slice)
(index_expression (_) . "[" . (_) @subscript)
(index_expression (_) . "[" . (string_literal) @subscript.not)
(binary_expression operator: ["==" "!=" "<" "<=" ">" ">="] right: (_) @comparison_operand)
(binary_expression operator: ["&&" "||"] right: (_) @boolean_operand)
(binary_expression
  operator: ["+" "-" "*" "/" "%" "&" "|" "^" "<<" ">>"]
  right: (_) @arithmetic_operand)
"""
