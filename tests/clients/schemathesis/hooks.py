"""What schemathesis asks before it sends a case (SCHEMATHESIS_HOOKS): half of the ids in paths are those of what there is."""

import json
import pathlib
import random

import schemathesis

IDS = json.loads(pathlib.Path("ids.json").read_text(encoding="utf-8"))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    for name in set(path_parameters or ()) & set(IDS):
        if random.random() < 0.5:
            path_parameters[name] = random.choice(IDS[name])
    return path_parameters
