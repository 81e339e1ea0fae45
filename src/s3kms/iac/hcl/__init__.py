"""HCL as Terraform and OpenTofu write it: files as trees, and the values of their expressions.

From text to values, each part importing only what comes before it:

- syntax: `native_syntax` and `json_syntax` parse files into a `syntax_tree`; `expression_parser` and
  `template_parser` parse their expressions;
- values: `values`, their conversions (`scalars`, `type_constraints`), and `functions` of known arguments;
- modules: `module` is what one folder declares, `module_loader` finds the modules that a root module calls;
- evaluation: `expression_evaluator` and `instance_evaluator` make `evaluation`, one root module in one world;
  `root_module` has all worlds.

It knows the language and no provider: what resource types are like is a `Schema` (`interface`) that is handed in.
"""
