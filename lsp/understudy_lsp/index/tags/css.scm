(rule_set (selectors (class_selector (class_name) @name))) @definition.rule
(declaration (property_name) @name (#match? @name "^--")) @definition.variable
(keyframes_statement (keyframes_name) @name) @definition.rule
