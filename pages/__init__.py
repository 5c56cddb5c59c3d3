"""One folder a page: ``page.py`` (a script), ``charts.py`` (specifications), ``about.en.md``, ``about.ko.md``."""
