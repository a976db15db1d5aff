"""Expressions of PromQL in the alert rules and the dashboard: where they are, and which metrics they name."""

import json
import re

# Words of the language that the files use; whatever else stands where a metric may stand is taken for one.
WORDS = {"sum", "min", "max", "rate", "increase", "histogram_quantile", "predict_linear", "vector", "and", "or", "by", "ignoring",
         "group_left"}
# What Prometheus itself knows of whom it scrapes.
OWN = {"up"}
VARIABLES = {"$__rate_interval": "5m", "$job": "sharehold", "$instance": ".*"}


def of_dashboard(path):
    """(panel, expression) with the variables filled in."""
    with open(path, encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    for panel in panels:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


def names(expression):
    """The metrics that an expression names."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|ignoring|group_left)\s*(\([^)]*\))?", " ", bare)
    return set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", bare)) - WORDS
