(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.function
(assignment left: (constant) @name) @definition.constant

((call method: (identifier) @_require arguments: (argument_list (string (string_content) @module))) (#any-of? @_require "require" "require_relative"))
