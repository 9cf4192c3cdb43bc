(function_definition name: (identifier) @name) @definition.function
(class_definition name: (identifier) @name) @definition.class
(module (assignment left: (identifier) @name) @definition.variable)
(class_definition body: (block (assignment left: (identifier) @name) @definition.field))
(type_alias_statement . (type (identifier) @name)) @definition.type

(import_statement name: (dotted_name) @module)
(import_statement name: (aliased_import name: (dotted_name) @module alias: (identifier) @as))
(import_from_statement module_name: (_) @module name: (dotted_name) @item)
(import_from_statement module_name: (_) @module name: (aliased_import name: (dotted_name) @item alias: (identifier) @as))
(import_from_statement module_name: (_) @module (wildcard_import) @item)
