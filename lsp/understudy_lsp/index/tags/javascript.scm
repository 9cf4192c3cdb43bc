(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(class_declaration name: (identifier) @name) @definition.class
(method_definition name: (property_identifier) @name) @definition.method
(field_definition property: (property_identifier) @name) @definition.field
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(program (expression_statement (assignment_expression left: (member_expression property: (property_identifier) @name) right: [(function_expression) (arrow_function) (class)]) @definition.function))

(import_statement (import_clause (identifier) @default) source: (string (string_fragment) @module))
(import_statement (import_clause (namespace_import (identifier) @as)) source: (string (string_fragment) @module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @item !alias))) source: (string (string_fragment) @module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @item alias: (_) @as))) source: (string (string_fragment) @module))
(export_statement (export_clause (export_specifier name: (_) @item !alias)) source: (string (string_fragment) @module))
(export_statement (export_clause (export_specifier name: (_) @item alias: (_) @as)) source: (string (string_fragment) @module))
(export_statement "*" @item source: (string (string_fragment) @module))
((variable_declarator name: (identifier) @as value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module)))) (#eq? @_require "require"))
((variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @item) value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module)))) (#eq? @_require "require"))
((variable_declarator name: (object_pattern (pair_pattern key: (property_identifier) @item value: (identifier) @as)) value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module)))) (#eq? @_require "require"))
