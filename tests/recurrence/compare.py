"""Compares the instances that Sharehold finds with those of python-dateutil and recurring-ical-events: compare.py PROGRAM [CASES]."""

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import generate
import reference
import written

SEED = int(os.environ.get("SEED", "5545"))


def local_values(case, found):
    """The local times of instances that were found, as the rule gives them outside of gaps."""
    zone = ZoneInfo(case["tzid"]) if case["tzid"] else timezone.utc
    at = lambda text: datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return [at(text).astimezone(zone).replace(tzinfo=None) for text in found]


def ours(program, cases):
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def generated(how_many):
    maker = generate.Maker(SEED)
    cases = []
    for number in range(how_many):
        case = maker.case()
        if number % 4 == 0:
            case = maker.dress(case, local_values(case, reference.instances(case)))
        cases.append(case)
    return cases


def main():
    program, how_many = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    hand = written.cases()
    cases = hand + generated(how_many)
    answers = ours(program, cases)
    if len(answers) != len(cases):
        sys.exit(f"{len(cases)} cases, {len(answers)} answers")
    wrong = known = instances = empty = 0
    for case, answer in zip(cases, answers):
        theirs = reference.instances(case)
        mine = answer.get("instances", answer)
        instances, empty = instances + len(theirs), empty + (not theirs)
        only_ours, only_theirs = [at for at in mine if at not in theirs], [at for at in theirs if at not in mine]
        if mine != theirs and isinstance(mine, list) and reference.kept(case, only_ours, only_theirs):
            known += 1
        elif mine != theirs:
            wrong += 1
            if wrong <= int(os.environ.get("SHOW", "10")):
                print(json.dumps(case))
                if isinstance(mine, list):
                    print("  only ours:  ", only_ours[:6])
                    print("  only theirs:", only_theirs[:6])
                else:
                    print("  ", mine, len(theirs))
    print(f"{len(hand)} written cases, {len(cases) - len(hand)} generated, {empty} of them empty, {instances} instances")
    print(f"{known} disagreements of the kind that reference.kept explains")
    print(f"{len(cases) - wrong} passed, {wrong} failed")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
