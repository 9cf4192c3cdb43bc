"""Go."""

_SIMPLE = """[
  (expression_statement) (short_var_declaration) (assignment_statement) (var_declaration)
  (return_statement) (defer_statement) (go_statement) (send_statement) (inc_statement)
  (dec_statement)
]"""

_STATEMENT = """[
  (expression_statement) (short_var_declaration) (assignment_statement) (var_declaration)
  (return_statement) (defer_statement) (go_statement) (send_statement) (inc_statement)
  (dec_statement) (if_statement) (for_statement) (expression_switch_statement)
  (type_switch_statement) (select_statement)
]"""

_STRING = "[(interpreted_string_literal) (raw_string_literal)]"

QUERY = f"""
(import_spec) @import_line

; Bodies. Of a body that is several of these, the first counts.
(function_declaration
  name: (identifier) @_name
  body: (block (statement_list) @main_body)
  (#eq? @_name "main"))
(function_declaration
  name: (identifier) @_name
  body: (block (statement_list) @test_body)
  (#match? @_name "^Test"))
((comment) @_doc . [
    (function_declaration body: (block (statement_list) @documented_body))
    (method_declaration body: (block (statement_list) @documented_body))
  ]
  (#above? @_doc))
(_ parameters: (_) body: (block (statement_list . (_) . (_)) @small_body))

; Statements.
(statement_list (comment) @_comment . {_STATEMENT} @commented_code (#above? @_comment))
(block (comment) @_comment . (statement_list . {_STATEMENT} @commented_code) (#above? @_comment))
(statement_list . {_SIMPLE} @first_statement)
(statement_list (_) . {_SIMPLE} @next_statement)

; Values that are assigned.
(source_file (const_declaration (const_spec value: (_) @global_constant)))
(struct_type (field_declaration_list (field_declaration) @class_attribute))
(var_spec value: (_) @right_hand_side)
(var_spec_list (var_spec value: (_) @right_hand_side))
(short_var_declaration right: (_) @right_hand_side)
(assignment_statement operator: "=" right: (_) @right_hand_side)
(assignment_statement
  operator: ["+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "<<=" ">>=" "&^="]
  right: (_) @augmented_assignment)
(short_var_declaration left: (expression_list . (_) . (_)) @unpacking_target)
(assignment_statement left: (expression_list . (_) . (_)) @unpacking_target)

; Control.
(return_statement (expression_list) @return_value)
(if_statement condition: (_) @condition)
(for_statement [(for_clause) (range_clause)] @for_header)
(for_statement . (_) @while_condition)
(for_statement . [(for_clause) (range_clause) (block)] @while_condition.not)
(expression_case value: (_) @match_case)
(type_case "case" . (_) @match_case)

; Calls.
(call_expression
  function: (selector_expression operand: (identifier) @_name)
  arguments: (argument_list) @test_assertion.inside
  (#any-of? @_name "assert" "require"))
(call_expression
  function: (selector_expression operand: (_) @_log field: (field_identifier) @_name)
  arguments: (argument_list . {_STRING} @log_message.text)
  (#match? @_log "([lL]og|^t$)")
  (#match? @_name "^(Trace|Debug|Info|Warn|Error|Fatal|Panic|Print|Log)"))
(call_expression
  function: (selector_expression operand: (identifier) @_package field: (field_identifier) @_name)
  arguments: (argument_list . {_STRING} @error_message.text)
  (#any-of? @_package "errors" "fmt")
  (#any-of? @_name "New" "Errorf"))
(call_expression
  function: (identifier) @_name
  arguments: (argument_list . {_STRING} @error_message.text)
  (#eq? @_name "panic"))
(index_expression index: (interpreted_string_literal) @configuration_key.text)
(call_expression
  function: (selector_expression field: (field_identifier) @_name)
  arguments: (argument_list . (interpreted_string_literal) @configuration_key.text)
  (#match? @_name "^(Get|Getenv|LookupEnv|GetString|GetInt|GetBool)$")
  (#not-match? @configuration_key.text "/"))
(argument_list {_STRING} @string_argument.text)
(call_expression arguments: (argument_list) @call_arguments.inside)
(call_expression
  function: (selector_expression field: (_) @method_call.from)) @method_call.to
(selector_expression field: (_) @attribute)
(call_expression function: (selector_expression field: (_) @attribute.not))

; Signatures.
(function_declaration parameters: (parameter_list) @parameters.inside)
(method_declaration parameters: (parameter_list) @parameters.inside)
(func_literal parameters: (parameter_list) @parameters.inside)
(function_declaration result: (_) @return_type)
(method_declaration result: (_) @return_type)
(func_literal result: (_) @return_type)
(function_declaration
  parameters: (parameter_list (parameter_declaration type: (_) @type_annotation)))
(method_declaration
  parameters: (parameter_list (parameter_declaration type: (_) @type_annotation)))
(var_spec type: (_) @type_annotation)

; Expressions.
(literal_value (keyed_element) @dictionary_entry)
(literal_value (keyed_element value: (_) @dictionary_value))
(literal_value "," . (literal_element) @list_element)
(index_expression index: (_) @subscript)
(index_expression index: (interpreted_string_literal) @subscript.not)
(slice_expression "[" . (_) @slice.from (_) @slice.to . "]")
(binary_expression operator: ["==" "!=" "<" "<=" ">" ">="] right: (_) @comparison_operand)
(binary_expression operator: ["&&" "||"] right: (_) @boolean_operand)
(binary_expression
  operator: ["+" "-" "*" "/" "%" "&" "|" "^" "<<" ">>" "&^"]
  right: (_) @arithmetic_operand)
"""
