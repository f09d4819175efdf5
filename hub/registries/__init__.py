"""The verbs of the records that texts refer to: policies, interpreters, pictures, columns, templates, words."""
