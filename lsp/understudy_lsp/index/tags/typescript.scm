(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(function_signature name: (identifier) @name) @definition.function
(class_declaration name: (type_identifier) @name) @definition.class
(abstract_class_declaration name: (type_identifier) @name) @definition.class
(method_definition name: (property_identifier) @name) @definition.method
(method_signature name: (property_identifier) @name) @definition.method
(abstract_method_signature name: (property_identifier) @name) @definition.method
(public_field_definition name: (property_identifier) @name) @definition.field
(property_signature name: (property_identifier) @name) @definition.field
(interface_declaration name: (type_identifier) @name) @definition.interface
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(internal_module name: (_) @name) @definition.module
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)

(import_statement (import_clause (identifier) @default) source: (string (string_fragment) @module))
(import_statement (import_clause (namespace_import (identifier) @as)) source: (string (string_fragment) @module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @item !alias))) source: (string (string_fragment) @module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @item alias: (_) @as))) source: (string (string_fragment) @module))
(export_statement (export_clause (export_specifier name: (_) @item !alias)) source: (string (string_fragment) @module))
(export_statement (export_clause (export_specifier name: (_) @item alias: (_) @as)) source: (string (string_fragment) @module))
(export_statement "*" @item source: (string (string_fragment) @module))
((variable_declarator name: (identifier) @as value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module)))) (#eq? @_require "require"))
