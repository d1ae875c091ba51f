"""Two small tables and their migrations, for the tests of the database itself.

``one`` is the first schema, ``two`` has a second migration, ``forked`` has two second ones.
"""

ONE = "tests.samples.one"
TWO = "tests.samples.two"
FORKED = "tests.samples.forked"
MODELS = ("tests.samples.models",)
